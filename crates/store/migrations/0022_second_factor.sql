-- A second factor to sign in with, and when the person behind a session was last asked who is there.

-- The secret that the app on the phone shares, sealed by the server's key; without a day while the first
-- code has not been seen. Codes up to `last_period` are spent.
CREATE TABLE second_factor (
    enterprise_id UUID   NOT NULL,
    user_id       UUID   NOT NULL,
    sealed_secret BYTEA  NOT NULL,
    since_day     BIGINT,
    last_period   BIGINT NOT NULL,
    PRIMARY KEY (enterprise_id, user_id),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;

-- Keyed hashes of the codes on paper; a used one is gone.
CREATE TABLE recovery_code (
    enterprise_id UUID   NOT NULL,
    user_id       UUID   NOT NULL,
    code_hash     BYTEA  NOT NULL,
    PRIMARY KEY (enterprise_id, user_id, code_hash),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;

ALTER TABLE login_session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
