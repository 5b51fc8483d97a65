-- People who sign in through a provider of their organisation.

-- Who of the provider is who here. Found by the provider's own id of the person alone: names are given
-- to others once their owner has left.
CREATE TABLE login_identity (
    enterprise_id UUID   NOT NULL,
    issuer        TEXT   NOT NULL,
    subject       TEXT   NOT NULL,
    user_id       UUID   NOT NULL,
    since_day     BIGINT NOT NULL,
    PRIMARY KEY (enterprise_id, issuer, subject),
    UNIQUE (enterprise_id, issuer, user_id),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
CREATE INDEX login_identity_by_user ON login_identity (enterprise_id, user_id);

-- Attempts to sign in that have been used, until they would have ended anyway.
CREATE TABLE sign_in_used (
    state_hash BYTEA  NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
) /*rowless*/;
CREATE INDEX sign_in_used_by_end ON sign_in_used (expires_at);
