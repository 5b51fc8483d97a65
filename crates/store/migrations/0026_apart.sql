-- Reports that their sender keeps apart from the team stay in the waiting room until their reader hands
-- them on: what is no case stands in no list, count or export of cases.
ALTER TABLE intake_report ADD COLUMN reader TEXT NOT NULL DEFAULT 'team';
-- Shown to its reader at once: a danger, or by name.
ALTER TABLE intake_report ADD COLUMN urgent BOOLEAN NOT NULL DEFAULT FALSE;
-- Its readers know that there is something.
ALTER TABLE intake_report ADD COLUMN told BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE intake_report ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE intake_report ADD COLUMN answer TEXT;
ALTER TABLE intake_report ADD COLUMN answered_day BIGINT;
CREATE INDEX intake_report_by_reader ON intake_report (enterprise_id, reader, local_day, id);

CREATE INDEX intake_report_for_inspectors ON intake_report (reader, enterprise_id)
    WHERE answered_day IS NULL;

-- What reader and reporter said to each other, sealed. It stays when the report goes on to the team,
-- for the reporter alone. A reader may be at home in another enterprise: so the name stands here.
CREATE TABLE apart_message (
    enterprise_id UUID   NOT NULL REFERENCES enterprise (id),
    id            UUID   NOT NULL,
    report_id     UUID   NOT NULL,
    position      BIGINT NOT NULL,
    side          TEXT   NOT NULL CHECK (side IN ('team', 'reporter')),
    author        TEXT,
    local_day     BIGINT NOT NULL,
    sealed        BYTEA  NOT NULL,
    PRIMARY KEY (enterprise_id, id),
    UNIQUE (enterprise_id, report_id, position),
    CHECK (side = 'team' OR author IS NULL)
) /*rowless*/;

-- What those did who may read more than others. Append-only, except `seq`, which the sequencer fills
-- once; its leaves stand in the same chain as those of the cases. The day and nothing finer.
CREATE TABLE entrusted_event (
    enterprise_id UUID   NOT NULL REFERENCES enterprise (id),
    id            UUID   NOT NULL,
    act           TEXT   NOT NULL,
    subject_id    UUID   NOT NULL,
    actor_user_id UUID   NOT NULL,
    actor         TEXT   NOT NULL,
    office        TEXT,
    local_day     BIGINT NOT NULL,
    nonce         BYTEA,
    payload       TEXT,
    leaf          BYTEA  NOT NULL,
    seq           BIGINT,
    PRIMARY KEY (enterprise_id, id)
) /*rowless*/;
CREATE INDEX entrusted_event_pending ON entrusted_event (enterprise_id, id) WHERE seq IS NULL;
CREATE INDEX entrusted_event_by_day ON entrusted_event (enterprise_id, local_day, id);
CREATE INDEX entrusted_event_by_subject ON entrusted_event (enterprise_id, subject_id, local_day, id);

-- The report page asks whether a factory has an inspector.
CREATE INDEX role_grant_by_place ON role_grant (role, place_key);

-- Notices tell of such reports too: the table is made anew, because a check can't be changed in place.
ALTER TABLE notice RENAME TO notice_before;
DROP INDEX notice_by_day;
DROP INDEX notice_unread;
CREATE TABLE notice (
    enterprise_id UUID   NOT NULL,
    user_id       UUID   NOT NULL,
    id            UUID   NOT NULL,
    kind          TEXT   NOT NULL CHECK (kind IN ('danger', 'due', 'account', 'apart')),
    case_id       UUID,
    step          BIGINT,
    due_soon      BIGINT NOT NULL,
    overdue       BIGINT NOT NULL,
    local_day     BIGINT NOT NULL,
    read_day      BIGINT,
    event_id      UUID,
    PRIMARY KEY (enterprise_id, user_id, id),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id),
    FOREIGN KEY (enterprise_id, case_id) REFERENCES cases (enterprise_id, id),
    FOREIGN KEY (enterprise_id, event_id) REFERENCES account_event (enterprise_id, id)
) /*rowless*/;
INSERT INTO notice (enterprise_id, user_id, id, kind, case_id, step, due_soon, overdue, local_day,
        read_day, event_id)
    SELECT enterprise_id, user_id, id, kind, case_id, step, due_soon, overdue, local_day, read_day,
        event_id
    FROM notice_before;
DROP TABLE notice_before;
CREATE INDEX notice_by_day ON notice (enterprise_id, user_id, local_day, id);
CREATE INDEX notice_unread ON notice (enterprise_id, user_id) WHERE read_day IS NULL;
