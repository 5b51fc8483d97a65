-- At an intake: the servers for which it takes anonymous reports, known by the hash of their key.
CREATE TABLE intake_server (
    id         UUID  NOT NULL PRIMARY KEY,
    name       TEXT  NOT NULL,
    key_hash   BYTEA NOT NULL UNIQUE,
    public_key BYTEA
) /*rowless*/;

-- The codes on the walls behind which one can speak, with what the page shows; sent by their server.
CREATE TABLE intake_door (
    path      TEXT NOT NULL PRIMARY KEY,
    server_id UUID NOT NULL REFERENCES intake_server (id),
    body      TEXT NOT NULL
) /*rowless*/;

-- What was said, sealed for its server and filled up to one of a few sizes. The day and nothing
-- finer, and nothing that leads to a report code.
CREATE TABLE envelope (
    server_id UUID    NOT NULL REFERENCES intake_server (id),
    id        UUID    NOT NULL,
    local_day BIGINT  NOT NULL,
    urgent    BOOLEAN NOT NULL,
    is_word   BOOLEAN NOT NULL,
    sealed    BYTEA   NOT NULL,
    PRIMARY KEY (server_id, id)
) /*rowless*/;

-- What a report code opens, sealed with a key that only the phone can derive.
CREATE TABLE envelope_holder (
    lookup_hash BYTEA   NOT NULL PRIMARY KEY,
    server_id   UUID    NOT NULL REFERENCES intake_server (id),
    urgent      BOOLEAN NOT NULL,
    standing    BYTEA   NOT NULL
) /*rowless*/;

-- What was said under a report code already, so that sending it twice changes nothing.
CREATE TABLE envelope_said (
    lookup_hash BYTEA NOT NULL REFERENCES envelope_holder (lookup_hash),
    name        TEXT  NOT NULL,
    digest      BYTEA NOT NULL,
    PRIMARY KEY (lookup_hash, name)
) /*rowless*/;

-- At the server of a factory: the reports that came through an intake, and how much of what became
-- of them it was told.
CREATE TABLE case_relay (
    enterprise_id UUID   NOT NULL REFERENCES enterprise (id),
    case_id       UUID   NOT NULL,
    lookup_hash   BYTEA  NOT NULL,
    standing_key  BYTEA  NOT NULL,
    told          BIGINT NOT NULL,
    PRIMARY KEY (enterprise_id, case_id)
) /*rowless*/;
