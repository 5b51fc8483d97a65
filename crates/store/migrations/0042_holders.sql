-- The first day of the month in which something was last heard of a report, so that an intake can forget it. The
-- month and nothing finer. None for what was there before: that counts from when it is first looked at.
ALTER TABLE envelope_holder ADD COLUMN heard_month BIGINT;
CREATE INDEX envelope_holder_by_month ON envelope_holder (heard_month);
