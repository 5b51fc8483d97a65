-- Questions to a reporter and what came back. The text is sealed: a reply may say who speaks.
-- The day and nothing finer; `position` counts within the case.

CREATE TABLE case_message (
    enterprise_id UUID   NOT NULL,
    id            UUID   NOT NULL,
    case_id       UUID   NOT NULL,
    position      BIGINT NOT NULL,
    side          TEXT   NOT NULL CHECK (side IN ('team', 'reporter')),
    user_id       UUID,
    local_day     BIGINT NOT NULL,
    sealed        BYTEA  NOT NULL,
    PRIMARY KEY (enterprise_id, id),
    UNIQUE (enterprise_id, case_id, position),
    CHECK (side = 'team' OR user_id IS NULL),
    FOREIGN KEY (enterprise_id, case_id) REFERENCES cases (enterprise_id, id),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
CREATE INDEX case_message_by_day ON case_message (enterprise_id, side, local_day);
