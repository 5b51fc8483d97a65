-- A sum of a division of which nothing is left is no row any more. Those from before stayed, one for each day on which
-- anything was ever due.
DELETE FROM region_tally WHERE n = 0;
