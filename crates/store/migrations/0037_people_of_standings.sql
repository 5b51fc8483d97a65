-- What is counted about the people of each enterprise over a month: the page of a division reads its sums, and
-- not the people of all factories. `people_month` is the first day of that month.
ALTER TABLE standing ADD COLUMN people_month BIGINT;
ALTER TABLE standing ADD COLUMN heads BIGINT;
ALTER TABLE standing ADD COLUMN people BIGINT NOT NULL DEFAULT 0;
ALTER TABLE standing ADD COLUMN found BIGINT NOT NULL DEFAULT 0;
ALTER TABLE standing ADD COLUMN found_by_workers BIGINT NOT NULL DEFAULT 0;
INSERT INTO tally_change (enterprise_id, id, changes)
    SELECT id, id, '[]' FROM enterprise WHERE kind = 'enterprise'
    ON CONFLICT (enterprise_id, id) DO NOTHING;
