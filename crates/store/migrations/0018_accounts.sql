-- What was done to accounts, and what waits for a second person.

-- Append-only, except `seq`, which the sequencer fills once. Its leaves stand in the same chain as
-- those of the cases. No actor where it came from the server's terminal.
CREATE TABLE account_event (
    enterprise_id   UUID   NOT NULL,
    id              UUID   NOT NULL,
    phase           TEXT   NOT NULL,
    act             TEXT   NOT NULL,
    actor_user_id   UUID,
    subject_user_id UUID   NOT NULL,
    role            TEXT,
    local_day       BIGINT NOT NULL,
    nonce           BYTEA,
    payload         TEXT,
    leaf            BYTEA  NOT NULL,
    seq             BIGINT,
    PRIMARY KEY (enterprise_id, id),
    FOREIGN KEY (enterprise_id, actor_user_id) REFERENCES app_user (enterprise_id, id),
    FOREIGN KEY (enterprise_id, subject_user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
CREATE INDEX account_event_pending ON account_event (enterprise_id, id) WHERE seq IS NULL;
CREATE INDEX account_event_by_day ON account_event (enterprise_id, local_day, id);
CREATE INDEX account_event_by_role ON account_event (enterprise_id, role);

CREATE TABLE account_change (
    enterprise_id   UUID   NOT NULL,
    id              UUID   NOT NULL,
    act             TEXT   NOT NULL,
    subject_user_id UUID   NOT NULL,
    role            TEXT,
    place_kind      TEXT,
    place_key       TEXT,
    asked_by        UUID   NOT NULL,
    asked_day       BIGINT NOT NULL,
    due_day         BIGINT NOT NULL,
    state           TEXT   NOT NULL CHECK (state IN ('waiting', 'agreed', 'refused', 'done')),
    decided_by      UUID,
    decided_day     BIGINT,
    PRIMARY KEY (enterprise_id, id),
    FOREIGN KEY (enterprise_id, subject_user_id) REFERENCES app_user (enterprise_id, id),
    FOREIGN KEY (enterprise_id, asked_by) REFERENCES app_user (enterprise_id, id),
    FOREIGN KEY (enterprise_id, decided_by) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
CREATE INDEX account_change_open ON account_change (enterprise_id, asked_day, id)
    WHERE state IN ('waiting', 'agreed');

-- Notices tell of accounts too: the table is made anew, because a check can't be changed in place.
ALTER TABLE notice RENAME TO notice_before;
DROP INDEX notice_by_day;
DROP INDEX notice_unread;
CREATE TABLE notice (
    enterprise_id UUID   NOT NULL,
    user_id       UUID   NOT NULL,
    id            UUID   NOT NULL,
    kind          TEXT   NOT NULL CHECK (kind IN ('danger', 'due', 'account')),
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
        read_day)
    SELECT enterprise_id, user_id, id, kind, case_id, step, due_soon, overdue, local_day, read_day
    FROM notice_before;
DROP TABLE notice_before;
CREATE INDEX notice_by_day ON notice (enterprise_id, user_id, local_day, id);
CREATE INDEX notice_unread ON notice (enterprise_id, user_id) WHERE read_day IS NULL;
