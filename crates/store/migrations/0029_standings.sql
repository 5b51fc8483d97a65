-- How each enterprise stands, so that a list of factories by need reads as many rows as it shows: no list of a
-- county adds up the counts of all its factories. Looked at anew with every change and when a day ends.
ALTER TABLE standing ADD COLUMN last_day BIGINT;
ALTER TABLE standing ADD COLUMN heard_now BIGINT NOT NULL DEFAULT 0;
ALTER TABLE standing ADD COLUMN heard_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE standing ADD COLUMN open BIGINT NOT NULL DEFAULT 0;
ALTER TABLE standing ADD COLUMN danger BIGINT NOT NULL DEFAULT 0;
ALTER TABLE standing ADD COLUMN overdue BIGINT NOT NULL DEFAULT 0;
ALTER TABLE standing ADD COLUMN to_verify BIGINT NOT NULL DEFAULT 0;
ALTER TABLE standing ADD COLUMN waiting_long BIGINT NOT NULL DEFAULT 0;
CREATE INDEX standing_by_need ON standing (region_code, danger, overdue, heard_day, enterprise_id);
INSERT INTO tally_change (enterprise_id, id, changes)
    SELECT id, id, '[]' FROM enterprise WHERE kind = 'enterprise'
    ON CONFLICT (enterprise_id, id) DO NOTHING;
/*policies*/
