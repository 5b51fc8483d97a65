-- A browser that waits until its owner lets it in from a phone that is signed in. Nobody is known before that,
-- so it belongs to no enterprise; nothing about the network is kept, and it is gone after minutes.
CREATE TABLE approval (
    secret_hash   BYTEA   NOT NULL PRIMARY KEY,
    code          TEXT    NOT NULL UNIQUE,
    number        BIGINT  NOT NULL,
    device        TEXT    NOT NULL CHECK (device IN ('phone', 'computer')),
    created_at    BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('waiting', 'approved', 'refused')),
    enterprise_id UUID,
    user_id       UUID,
    stepped       BOOLEAN NOT NULL
) /*rowless*/;
CREATE INDEX approval_by_end ON approval (expires_at);
CREATE INDEX approval_by_user ON approval (enterprise_id, user_id);

ALTER TABLE login_session ADD COLUMN approved BOOLEAN NOT NULL DEFAULT FALSE;
