-- Where each link of the chains stands in the one log over all of them.
ALTER TABLE chain ADD COLUMN log_position BIGINT;
CREATE INDEX chain_by_log_position ON chain (log_position);
CREATE INDEX chain_unlogged ON chain (enterprise_id, seq) WHERE log_position IS NULL;

-- How long that log is: one row. It has no tenant, because the log holds everybody.
CREATE TABLE log_size (
    id   BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    size BIGINT NOT NULL
) /*rowless*/;
INSERT INTO log_size (id, size) VALUES (1, 0);
