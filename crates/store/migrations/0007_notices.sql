-- Notices: alarms of imminent dangers, what each user is told, and when.

-- How far the alarm has gone, and who has answered it; nothing where there is no danger.
ALTER TABLE cases ADD COLUMN alarm_step BIGINT;
ALTER TABLE cases ADD COLUMN alarm_user_id UUID;
CREATE INDEX cases_by_alarm ON cases (enterprise_id)
    WHERE alarm_step IS NOT NULL AND alarm_user_id IS NULL;

-- What a user is told. The day and nothing finer, and nothing of what was said or by whom.
CREATE TABLE notice (
    enterprise_id UUID   NOT NULL,
    user_id       UUID   NOT NULL,
    id            UUID   NOT NULL,
    kind          TEXT   NOT NULL CHECK (kind IN ('danger', 'due')),
    case_id       UUID,
    step          BIGINT,
    due_soon      BIGINT NOT NULL,
    overdue       BIGINT NOT NULL,
    local_day     BIGINT NOT NULL,
    read_day      BIGINT,
    PRIMARY KEY (enterprise_id, user_id, id),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id),
    FOREIGN KEY (enterprise_id, case_id) REFERENCES cases (enterprise_id, id)
) /*rowless*/;
CREATE INDEX notice_by_day ON notice (enterprise_id, user_id, local_day, id);
CREATE INDEX notice_unread ON notice (enterprise_id, user_id) WHERE read_day IS NULL;

-- Minutes of the local day; a factory without a row has the defaults.
CREATE TABLE notice_setting (
    enterprise_id UUID   NOT NULL PRIMARY KEY REFERENCES enterprise (id),
    alarm_minutes BIGINT NOT NULL,
    quiet_from    BIGINT NOT NULL,
    quiet_to      BIGINT NOT NULL,
    digest_at     BIGINT NOT NULL,
    changed_by    UUID   NOT NULL,
    changed_day   BIGINT NOT NULL,
    FOREIGN KEY (enterprise_id, changed_by) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
