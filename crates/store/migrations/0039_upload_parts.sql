-- What has arrived of an upload whose rest has not. Each part is sealed with a key that is not in the database:
-- for a report it is derived from what only the phone sends. The mark stands for the bytes of the whole and its
-- name; by itself it tells neither. The day and nothing finer.
CREATE TABLE upload_part (
    enterprise_id UUID   NOT NULL REFERENCES enterprise (id),
    report_id     UUID   NOT NULL,
    mark          BYTEA  NOT NULL,
    number        BIGINT NOT NULL,
    local_day     BIGINT NOT NULL,
    sealed        BYTEA  NOT NULL,
    PRIMARY KEY (enterprise_id, report_id, mark, number)
) /*rowless*/;
CREATE INDEX upload_part_by_day ON upload_part (local_day);

-- The same at an intake, which knows a report by the hash of its lookup alone.
CREATE TABLE envelope_part (
    server_id   UUID   NOT NULL REFERENCES intake_server (id),
    lookup_hash BYTEA  NOT NULL,
    mark        BYTEA  NOT NULL,
    number      BIGINT NOT NULL,
    local_day   BIGINT NOT NULL,
    sealed      BYTEA  NOT NULL,
    PRIMARY KEY (server_id, lookup_hash, mark, number)
) /*rowless*/;
CREATE INDEX envelope_part_by_day ON envelope_part (local_day);
