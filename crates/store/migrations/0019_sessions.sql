-- Sessions that their owner can tell apart and end, and which end by inactivity. Nothing about the
-- network is kept: no address, no name of a browser. Everybody logs in anew once.
DROP TABLE login_session;
CREATE TABLE login_session (
    token_hash    BYTEA  NOT NULL PRIMARY KEY,
    id            UUID   NOT NULL UNIQUE,
    enterprise_id UUID   NOT NULL REFERENCES enterprise (id),
    user_id       UUID   NOT NULL,
    device        TEXT   NOT NULL CHECK (device IN ('phone', 'computer')),
    created_at    BIGINT NOT NULL,
    used_at       BIGINT NOT NULL,
    idle_at       BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
) /*rowless*/;
CREATE INDEX login_session_by_user ON login_session (enterprise_id, user_id);

-- How often somebody signed in on a day, and how often somebody failed to; for the owner's eyes.
CREATE TABLE login_day (
    enterprise_id UUID   NOT NULL,
    user_id       UUID   NOT NULL,
    local_day     BIGINT NOT NULL,
    device        TEXT   NOT NULL CHECK (device IN ('phone', 'computer')),
    sign_ins      BIGINT NOT NULL,
    failures      BIGINT NOT NULL,
    PRIMARY KEY (enterprise_id, user_id, local_day, device),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
CREATE INDEX account_event_by_subject ON account_event
    (enterprise_id, subject_user_id, local_day, id);
