-- Leaves that the sequencer has not yet appended to their chains lie apart, and nothing is written twice: an event
-- does not say where it stands in the chain, the chain names the event. Who finds a leaf here takes it away.
CREATE TABLE pending_leaf (
    enterprise_id UUID  NOT NULL REFERENCES enterprise (id),
    event_id      UUID  NOT NULL,
    leaf          BYTEA NOT NULL,
    PRIMARY KEY (enterprise_id, event_id)
) /*rowless*/;
INSERT INTO pending_leaf (enterprise_id, event_id, leaf)
    SELECT enterprise_id, id, leaf FROM case_event WHERE seq IS NULL
    UNION ALL SELECT enterprise_id, id, leaf FROM account_event WHERE seq IS NULL
    UNION ALL SELECT enterprise_id, id, leaf FROM entrusted_event WHERE seq IS NULL;
DROP INDEX case_event_pending;
DROP INDEX account_event_pending;
DROP INDEX entrusted_event_pending;
ALTER TABLE case_event DROP COLUMN seq;
ALTER TABLE account_event DROP COLUMN seq;
ALTER TABLE entrusted_event DROP COLUMN seq;
