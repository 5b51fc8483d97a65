-- Passkeys: keys that a phone, a computer or a stick holds for its owner, and challenges that were answered.

CREATE TABLE passkey (
    enterprise_id UUID   NOT NULL,
    user_id       UUID   NOT NULL,
    id            UUID   NOT NULL,
    credential_id BYTEA  NOT NULL,
    public_key    BYTEA  NOT NULL,
    counter       BIGINT NOT NULL,
    name          TEXT   NOT NULL,
    since_day     BIGINT NOT NULL,
    last_day      BIGINT,
    PRIMARY KEY (enterprise_id, user_id, id),
    UNIQUE (enterprise_id, credential_id),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;

-- A challenge is the server's own word with an end, so it is kept only once it was answered, until that end.
CREATE TABLE spent_challenge (
    challenge  BYTEA  NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
) /*rowless*/;
CREATE INDEX spent_challenge_by_end ON spent_challenge (expires_at);
