-- A look is kept once a day for each person and thing; what is done is kept each time.
ALTER TABLE entrusted_event ADD COLUMN look_key BYTEA;
CREATE UNIQUE INDEX entrusted_event_look ON entrusted_event (enterprise_id, look_key);

-- Until when nothing of an enterprise may be erased, whatever its age.
ALTER TABLE enterprise_setting ADD COLUMN hold_until BIGINT;
