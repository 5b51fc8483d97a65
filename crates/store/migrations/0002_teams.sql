-- Improvement teams (EIT), their meetings and minutes. The rules are those of the first migration.

CREATE TABLE team (
    enterprise_id UUID    NOT NULL REFERENCES enterprise (id),
    id            UUID    NOT NULL,
    name          TEXT    NOT NULL,
    site_id       UUID,
    area_id       UUID,
    weekday       BIGINT CHECK (weekday BETWEEN 1 AND 7),
    meets_at      TEXT    NOT NULL,
    place         TEXT    NOT NULL,
    active        BOOLEAN NOT NULL,
    PRIMARY KEY (enterprise_id, id),
    FOREIGN KEY (enterprise_id, site_id) REFERENCES site (enterprise_id, id),
    FOREIGN KEY (enterprise_id, area_id) REFERENCES area (enterprise_id, id)
) /*rowless*/;

-- A membership with its days: who leaves keeps a row, and who comes back gets another.
CREATE TABLE team_member (
    enterprise_id UUID   NOT NULL,
    id            UUID   NOT NULL,
    team_id       UUID   NOT NULL,
    person_id     UUID   NOT NULL,
    role          TEXT   NOT NULL,
    side          TEXT   NOT NULL,
    sex           TEXT,
    shift         TEXT,
    from_day      BIGINT NOT NULL,
    to_day        BIGINT,
    changed_by    UUID   NOT NULL,
    PRIMARY KEY (enterprise_id, id),
    FOREIGN KEY (enterprise_id, team_id) REFERENCES team (enterprise_id, id),
    FOREIGN KEY (enterprise_id, person_id) REFERENCES person (enterprise_id, id),
    FOREIGN KEY (enterprise_id, changed_by) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
CREATE UNIQUE INDEX team_member_now ON team_member (enterprise_id, team_id, person_id)
    WHERE to_day IS NULL;

CREATE TABLE meeting (
    enterprise_id  UUID    NOT NULL,
    id             UUID    NOT NULL,
    team_id        UUID    NOT NULL,
    number         BIGINT  NOT NULL,
    local_day      BIGINT  NOT NULL,
    place          TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('open', 'closed', 'posted')),
    chair_id       UUID,
    secretary_id   UUID,
    opened_at      BIGINT  NOT NULL,
    opened_by      UUID    NOT NULL,
    closed_at      BIGINT,
    closed_by      UUID,
    posted_day     BIGINT,
    posted_by      UUID,
    next_day       BIGINT,
    board_reviewed BOOLEAN NOT NULL,
    note           TEXT    NOT NULL,
    PRIMARY KEY (enterprise_id, id),
    UNIQUE (enterprise_id, team_id, number),
    FOREIGN KEY (enterprise_id, team_id) REFERENCES team (enterprise_id, id),
    FOREIGN KEY (enterprise_id, chair_id) REFERENCES person (enterprise_id, id),
    FOREIGN KEY (enterprise_id, secretary_id) REFERENCES person (enterprise_id, id),
    FOREIGN KEY (enterprise_id, opened_by) REFERENCES app_user (enterprise_id, id),
    FOREIGN KEY (enterprise_id, closed_by) REFERENCES app_user (enterprise_id, id),
    FOREIGN KEY (enterprise_id, posted_by) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
-- Two who begin a meeting at the same moment sit in the same one.
CREATE UNIQUE INDEX meeting_now ON meeting (enterprise_id, team_id) WHERE state = 'open';

-- Members by their person, with what they were on that day; guests by a random id and a name.
CREATE TABLE attendance (
    enterprise_id UUID    NOT NULL,
    meeting_id    UUID    NOT NULL,
    id            UUID    NOT NULL,
    person_id     UUID,
    guest_name    TEXT,
    guest_kind    TEXT,
    role          TEXT,
    side          TEXT,
    sex           TEXT,
    present       BOOLEAN NOT NULL,
    PRIMARY KEY (enterprise_id, meeting_id, id),
    CHECK ((person_id IS NULL) <> (guest_name IS NULL)),
    FOREIGN KEY (enterprise_id, meeting_id) REFERENCES meeting (enterprise_id, id),
    FOREIGN KEY (enterprise_id, person_id) REFERENCES person (enterprise_id, id)
) /*rowless*/;

-- One line of the minutes. What was decided stands in the case's event, not here; a line without
-- an event was talked about and put off.
CREATE TABLE meeting_item (
    enterprise_id  UUID   NOT NULL,
    meeting_id     UUID   NOT NULL,
    position       BIGINT NOT NULL,
    case_id        UUID   NOT NULL,
    event_position BIGINT,
    section        TEXT,
    note           TEXT   NOT NULL,
    PRIMARY KEY (enterprise_id, meeting_id, position),
    FOREIGN KEY (enterprise_id, meeting_id) REFERENCES meeting (enterprise_id, id),
    FOREIGN KEY (enterprise_id, case_id, event_position)
        REFERENCES case_event (enterprise_id, case_id, position),
    FOREIGN KEY (enterprise_id, case_id) REFERENCES cases (enterprise_id, id)
) /*rowless*/;
