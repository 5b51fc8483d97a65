-- A look is kept once a day for each person and thing; what is done is kept each time.
ALTER TABLE entrusted_event ADD COLUMN look_key BYTEA;
CREATE UNIQUE INDEX entrusted_event_look ON entrusted_event (enterprise_id, look_key);
