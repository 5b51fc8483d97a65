-- Improvement projects: what they come from, what they cost and save, and their pictures.
-- The rules are those of the first migration.

CREATE TABLE project (
    enterprise_id     UUID   NOT NULL REFERENCES enterprise (id),
    id                UUID   NOT NULL,
    version           BIGINT NOT NULL,
    title             TEXT   NOT NULL,
    theme             TEXT   NOT NULL,
    area_id           UUID,
    team_id           UUID,
    owner_id          UUID,
    problem           TEXT   NOT NULL,
    measure           TEXT   NOT NULL,
    -- A JSON list of lines, each asking why of the one before.
    whys              TEXT   NOT NULL,
    due_day           BIGINT,
    currency          TEXT   NOT NULL,
    state             TEXT   NOT NULL
        CHECK (state IN ('proposed', 'planned', 'under_way', 'done', 'verified', 'stopped')),
    cost_target_minor BIGINT,
    cost_actual_minor BIGINT,
    proposed_by       UUID   NOT NULL,
    proposed_day      BIGINT NOT NULL,
    done_day          BIGINT,
    verified_by       UUID,
    verified_day      BIGINT,
    stop_reason       TEXT,
    origin_id         UUID,
    PRIMARY KEY (enterprise_id, id),
    CHECK ((state = 'verified') = (verified_day IS NOT NULL)),
    FOREIGN KEY (enterprise_id, area_id) REFERENCES area (enterprise_id, id),
    FOREIGN KEY (enterprise_id, team_id) REFERENCES team (enterprise_id, id),
    FOREIGN KEY (enterprise_id, owner_id) REFERENCES person (enterprise_id, id),
    FOREIGN KEY (enterprise_id, proposed_by) REFERENCES app_user (enterprise_id, id),
    FOREIGN KEY (enterprise_id, verified_by) REFERENCES app_user (enterprise_id, id),
    FOREIGN KEY (enterprise_id, origin_id) REFERENCES project (enterprise_id, id)
) /*rowless*/;
CREATE INDEX project_by_day ON project (enterprise_id, proposed_day, id);
CREATE INDEX project_by_state ON project (enterprise_id, state, proposed_day, id);
CREATE INDEX project_by_area ON project (enterprise_id, area_id, proposed_day, id);
CREATE INDEX project_by_verified ON project (enterprise_id, verified_day)
    WHERE verified_day IS NOT NULL;
CREATE INDEX project_by_origin ON project (enterprise_id, origin_id) WHERE origin_id IS NOT NULL;

-- Where a project comes from.
CREATE TABLE project_case (
    enterprise_id UUID NOT NULL,
    project_id    UUID NOT NULL,
    case_id       UUID NOT NULL,
    PRIMARY KEY (enterprise_id, project_id, case_id),
    FOREIGN KEY (enterprise_id, project_id) REFERENCES project (enterprise_id, id),
    FOREIGN KEY (enterprise_id, case_id) REFERENCES cases (enterprise_id, id)
) /*rowless*/;
CREATE INDEX project_case_by_case ON project_case (enterprise_id, case_id);

-- A saving with the numbers that it was reckoned from, and who entered it.
CREATE TABLE project_saving (
    enterprise_id  UUID    NOT NULL,
    project_id     UUID    NOT NULL,
    stage          TEXT    NOT NULL CHECK (stage IN ('target', 'forecast', 'actual')),
    formula        TEXT    NOT NULL,
    quantity_milli BIGINT  NOT NULL,
    price_minor    BIGINT  NOT NULL,
    times          BIGINT  NOT NULL,
    less_minor     BIGINT  NOT NULL,
    minor          BIGINT  NOT NULL CHECK (minor >= 0),
    from_day       BIGINT  NOT NULL,
    to_day         BIGINT  NOT NULL,
    yearly         BOOLEAN NOT NULL,
    entered_by     UUID    NOT NULL,
    entered_day    BIGINT  NOT NULL,
    PRIMARY KEY (enterprise_id, project_id, stage),
    FOREIGN KEY (enterprise_id, project_id) REFERENCES project (enterprise_id, id),
    FOREIGN KEY (enterprise_id, entered_by) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;

CREATE TABLE project_event (
    enterprise_id UUID   NOT NULL,
    id            UUID   NOT NULL,
    project_id    UUID   NOT NULL,
    position      BIGINT NOT NULL,
    action        TEXT   NOT NULL,
    user_id       UUID   NOT NULL,
    at            BIGINT NOT NULL,
    local_day     BIGINT NOT NULL,
    from_state    TEXT,
    to_state      TEXT   NOT NULL,
    payload       TEXT   NOT NULL,
    PRIMARY KEY (enterprise_id, id),
    UNIQUE (enterprise_id, project_id, position),
    FOREIGN KEY (enterprise_id, project_id) REFERENCES project (enterprise_id, id),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;

-- Pictures. `beside` names the picture of before that one of after was taken from the same place as.
CREATE TABLE project_picture (
    enterprise_id UUID   NOT NULL,
    project_id    UUID   NOT NULL,
    name          TEXT   NOT NULL,
    stage         TEXT   NOT NULL CHECK (stage IN ('before', 'after')),
    beside        TEXT,
    content_type  TEXT   NOT NULL,
    size          BIGINT NOT NULL,
    blob_hash     BYTEA  NOT NULL,
    added_by      UUID   NOT NULL,
    added_day     BIGINT NOT NULL,
    PRIMARY KEY (enterprise_id, project_id, name),
    FOREIGN KEY (enterprise_id, project_id) REFERENCES project (enterprise_id, id),
    FOREIGN KEY (enterprise_id, added_by) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
