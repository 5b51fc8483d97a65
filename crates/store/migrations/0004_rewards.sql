-- Rewards: a decision about a case, and, apart from it, what is paid against pay codes.

CREATE TABLE reward (
    enterprise_id    UUID    NOT NULL,
    id               UUID    NOT NULL,
    case_id          UUID    NOT NULL,
    state            TEXT    NOT NULL
        CHECK (state IN ('approved', 'paid', 'withdrawn', 'declined')),
    way              TEXT    NOT NULL CHECK (way IN ('named', 'in_confidence', 'pay_code')),
    minor            BIGINT,
    currency         TEXT,
    averted          BOOLEAN NOT NULL,
    reason           TEXT    NOT NULL,
    pack             TEXT    NOT NULL,
    proposed_minor   BIGINT  NOT NULL,
    people           BIGINT  NOT NULL,
    -- Who gets how much: names, so sealed like the reporter's.
    shares           BYTEA,
    decided_by       UUID    NOT NULL,
    decided_day      BIGINT  NOT NULL,
    paid_by          UUID,
    paid_day         BIGINT,
    withdrawn_by     UUID,
    withdrawn_day    BIGINT,
    withdrawn_reason TEXT,
    -- The holder of the report code has taken the pay code; never shown to anybody else.
    claimed          BOOLEAN NOT NULL,
    PRIMARY KEY (enterprise_id, id),
    CHECK ((state = 'declined') = (minor IS NULL)),
    CHECK (way <> 'pay_code' OR (paid_by IS NULL AND paid_day IS NULL)),
    FOREIGN KEY (enterprise_id, case_id) REFERENCES cases (enterprise_id, id),
    FOREIGN KEY (enterprise_id, decided_by) REFERENCES app_user (enterprise_id, id),
    FOREIGN KEY (enterprise_id, paid_by) REFERENCES app_user (enterprise_id, id),
    FOREIGN KEY (enterprise_id, withdrawn_by) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
CREATE INDEX reward_by_day ON reward (enterprise_id, decided_day, id);
CREATE INDEX reward_by_case ON reward (enterprise_id, case_id);
CREATE UNIQUE INDEX reward_standing ON reward (enterprise_id, case_id) WHERE state <> 'withdrawn';

-- What lies behind a pay code: an amount. No case, no report, and no day before it is paid.
CREATE TABLE pay_code (
    enterprise_id UUID   NOT NULL REFERENCES enterprise (id),
    lookup_hash   BYTEA  NOT NULL,
    minor         BIGINT NOT NULL,
    currency      TEXT   NOT NULL,
    paid_day      BIGINT,
    paid_by       UUID,
    PRIMARY KEY (enterprise_id, lookup_hash),
    FOREIGN KEY (enterprise_id, paid_by) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
