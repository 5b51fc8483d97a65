-- What a page reads much of is read at once: row-level security looks up whose rows they are once a statement,
-- and the nation has sums of its own as every other division has.
/*policies*/
-- Who named no closer division than a city, a province or none was counted in it once for each level below.
UPDATE region_tally SET n = n / 2 WHERE parent = region_code AND LENGTH(parent) = 4;
UPDATE region_tally SET n = n / 3 WHERE parent = region_code AND LENGTH(parent) = 2;
UPDATE region_tally SET n = n / 4 WHERE parent = '' AND region_code = '';
INSERT INTO region_tally (parent, measure, local_day, slice, region_code, n)
    SELECT '*', measure, local_day, slice, '', CAST(SUM(n) AS BIGINT) FROM region_tally
    WHERE parent = '' AND measure IN ('answer', 'found', 'found_by_workers', 'people', 'resolved', 'saving', 'spoken')
    GROUP BY measure, local_day, slice;
