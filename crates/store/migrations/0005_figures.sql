-- What the boards count by: the day of acceptance, and indexes for the lists behind the figures.

ALTER TABLE cases ADD COLUMN verified_day BIGINT;
UPDATE cases SET verified_day = (
    SELECT MAX(e.local_day) FROM case_event e
    WHERE e.enterprise_id = cases.enterprise_id AND e.case_id = cases.id
        AND e.from_state = 'done' AND e.to_state = 'verified')
    WHERE state IN ('verified', 'closed');

CREATE INDEX cases_by_area ON cases (enterprise_id, area_id, reported_day)
    WHERE source <> 'import';
CREATE INDEX cases_by_due ON cases (enterprise_id, due_day) WHERE due_day IS NOT NULL;
CREATE INDEX cases_by_verified ON cases (enterprise_id, verified_day)
    WHERE verified_day IS NOT NULL;

-- Hazards by who found them now count on the day of the report; the other measures are new.
DELETE FROM tally WHERE measure = 'found_by';
INSERT INTO tally (enterprise_id, measure, slice, local_day, n)
    SELECT enterprise_id, measure, slice, local_day, SUM(n) FROM (
        SELECT enterprise_id, 'found_by' AS measure, COALESCE(finder, 'unknown') AS slice,
            reported_day AS local_day, 1 AS n
            FROM cases WHERE kind = 'hazard'
        UNION ALL
        SELECT enterprise_id, 'spoken', voice, reported_day, 1 FROM cases WHERE source <> 'import'
        UNION ALL
        SELECT enterprise_id, 'answer', CASE WHEN answered_day - reported_day > 28 THEN '29+'
            ELSE CAST(answered_day - reported_day AS TEXT) END, reported_day, 1
            FROM cases WHERE source <> 'import' AND answered_day IS NOT NULL
        UNION ALL
        SELECT enterprise_id, 'danger', '', reported_day, 1 FROM cases
            WHERE danger AND state IN ('new', 'accepted', 'planned', 'done')
        UNION ALL
        SELECT enterprise_id, 'promise', 'made', due_day, 1 FROM cases WHERE due_day IS NOT NULL
        UNION ALL
        SELECT enterprise_id, 'promise', 'kept', due_day, 1 FROM cases WHERE fixed_day <= due_day
        UNION ALL
        SELECT enterprise_id, 'resolved', kind, verified_day, 1 FROM cases
            WHERE verified_day IS NOT NULL
    ) AS counted GROUP BY enterprise_id, measure, slice, local_day;
