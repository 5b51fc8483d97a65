-- An index of few rows must also look like one: SQLite, which has not counted its rows, takes the one that
-- binds more columns and holds all that is asked for. It walked all events of a factory for those that wait
-- for their place in the chain, and all its cases for the alarms.
DROP INDEX case_event_pending;
CREATE INDEX case_event_pending ON case_event (enterprise_id, seq, id, leaf) WHERE seq IS NULL;
DROP INDEX account_event_pending;
CREATE INDEX account_event_pending ON account_event (enterprise_id, seq, id, leaf) WHERE seq IS NULL;
DROP INDEX entrusted_event_pending;
CREATE INDEX entrusted_event_pending ON entrusted_event (enterprise_id, seq, id, leaf) WHERE seq IS NULL;
DROP INDEX cases_by_alarm;
CREATE INDEX cases_by_alarm ON cases (enterprise_id, alarm_user_id, alarm_step, id)
    WHERE alarm_step IS NOT NULL AND alarm_user_id IS NULL;
