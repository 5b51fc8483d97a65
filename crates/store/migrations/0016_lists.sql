-- Indexes for lists and the board of a factory with very many cases: each list of open cases walks an index of
-- its own, however many have ended, and each list behind a figure finds its page in an index alone.

DROP INDEX cases_by_area;
CREATE INDEX cases_by_area ON cases (enterprise_id, area_id, reported_day, source)
    WHERE source <> 'import';

CREATE INDEX cases_open ON cases (enterprise_id, reported_day, id)
    WHERE state IN ('new', 'accepted', 'planned', 'done');
CREATE INDEX cases_open_danger ON cases (enterprise_id, reported_day, id)
    WHERE danger AND state IN ('new', 'accepted', 'planned', 'done');
CREATE INDEX cases_open_confided ON cases (enterprise_id, reported_day, id)
    WHERE voice = 'in_confidence' AND state IN ('new', 'accepted', 'planned', 'done');
CREATE INDEX cases_triage ON cases (enterprise_id, reported_day, id)
    WHERE (state = 'new' OR state = 'accepted' AND disputed);
CREATE INDEX cases_ended ON cases (enterprise_id, reported_day, id)
    WHERE state IN ('declined', 'referred', 'merged', 'verified', 'closed');
CREATE INDEX cases_planned ON cases (enterprise_id, reported_day, id, due_day, state)
    WHERE state = 'planned';
CREATE INDEX cases_unanswered ON cases (enterprise_id, reported_day, id)
    WHERE source <> 'import' AND answered_day IS NULL;
CREATE INDEX cases_promised ON cases (enterprise_id, reported_day, id, due_day, fixed_day)
    WHERE due_day IS NOT NULL;
DROP INDEX cases_by_verified;
CREATE INDEX cases_resolved ON cases (enterprise_id, reported_day, id, verified_day)
    WHERE verified_day IS NOT NULL;

-- In the order of the agenda, with what decides whether a case stands on it.
CREATE INDEX cases_agenda ON cases
    (enterprise_id, danger DESC, reported_day, id, state, due_day, kind)
    WHERE state IN ('new', 'accepted', 'planned', 'done');
