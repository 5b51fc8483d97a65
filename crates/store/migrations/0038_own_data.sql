-- Whoever takes home what is held about him is told what he did, in whatever enterprise: what he did with cases,
-- and at what he looked, is found by who did it. Reports carry no actor and stand in neither.
CREATE INDEX case_event_by_actor ON case_event (actor_user_id, local_day, id)
    WHERE actor_user_id IS NOT NULL;
CREATE INDEX entrusted_event_by_actor ON entrusted_event (actor_user_id, local_day, id);
