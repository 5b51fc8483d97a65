-- What waits at an intake may be fetched when the day on which it came is over, for everything alike.
ALTER TABLE envelope DROP COLUMN is_word;

-- The day with which the report itself is fetched, so that its pictures go with it; emptied then.
ALTER TABLE envelope_holder ADD COLUMN until_day BIGINT;
