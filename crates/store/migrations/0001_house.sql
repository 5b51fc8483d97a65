-- The first schema, one text for SQLite and PostgreSQL.
--
-- Rules: ids are random UUIDs; instants are BIGINT microseconds since 1970 UTC; days are BIGINT
-- days since 1970 in the enterprise's time zone; JSON is TEXT. Every tenant table carries
-- enterprise_id first in its primary key, its unique keys and its foreign keys. `/*rowless*/`
-- becomes WITHOUT ROWID on SQLite: no hidden serial number betrays an order.

-- Global tables: they have no tenant, and there are no others (store/src/statement.rs lists them).

CREATE TABLE region (
    code       TEXT   NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to   BIGINT,
    name_zh    TEXT   NOT NULL,
    name_en    TEXT   NOT NULL,
    PRIMARY KEY (code, valid_from)
) /*rowless*/;

CREATE TABLE pack (
    id       TEXT    NOT NULL,
    version  TEXT    NOT NULL,
    verified BOOLEAN NOT NULL,
    source   TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (id, version)
) /*rowless*/;

-- The directory of enterprises and authorities; each row is a tenant.
CREATE TABLE enterprise (
    id             UUID    NOT NULL PRIMARY KEY,
    short_code     TEXT    NOT NULL UNIQUE,
    kind           TEXT    NOT NULL CHECK (kind IN ('enterprise', 'authority')),
    name           TEXT    NOT NULL,
    credit_code    TEXT,
    credit_code_ok BOOLEAN,
    region_code    TEXT,
    time_zone      TEXT    NOT NULL,
    created_day    BIGINT  NOT NULL
) /*rowless*/;
CREATE INDEX enterprise_by_region ON enterprise (region_code, id);
CREATE INDEX enterprise_by_credit_code ON enterprise (credit_code);

-- Names of an enterprise in other registers, such as a mine number.
CREATE TABLE enterprise_alias (
    scheme        TEXT NOT NULL,
    value         TEXT NOT NULL,
    enterprise_id UUID NOT NULL REFERENCES enterprise (id),
    PRIMARY KEY (scheme, value)
) /*rowless*/;

-- Login names are unique everywhere, so that nobody has to type a factory's code to log in.
CREATE TABLE login_name (
    login         TEXT NOT NULL PRIMARY KEY,
    enterprise_id UUID NOT NULL REFERENCES enterprise (id),
    user_id       UUID NOT NULL
) /*rowless*/;

CREATE TABLE login_session (
    token_hash    BYTEA  NOT NULL PRIMARY KEY,
    enterprise_id UUID   NOT NULL REFERENCES enterprise (id),
    user_id       UUID   NOT NULL,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
) /*rowless*/;
CREATE INDEX login_session_by_user ON login_session (enterprise_id, user_id);

-- The report code's lookup, hashed, is also the report's idempotency key: the same code with the
-- same bytes is the same report.
CREATE TABLE report_code (
    lookup_hash   BYTEA NOT NULL PRIMARY KEY,
    enterprise_id UUID  NOT NULL REFERENCES enterprise (id),
    case_id       UUID  NOT NULL,
    digest        BYTEA NOT NULL
) /*rowless*/;

-- Places and people.

CREATE TABLE enterprise_setting (
    enterprise_id     UUID NOT NULL PRIMARY KEY REFERENCES enterprise (id),
    emergency_phone   TEXT NOT NULL,
    confidant_user_id UUID
) /*rowless*/;

CREATE TABLE site (
    enterprise_id UUID NOT NULL REFERENCES enterprise (id),
    id            UUID NOT NULL,
    name          TEXT NOT NULL,
    address       TEXT NOT NULL,
    region_code   TEXT,
    PRIMARY KEY (enterprise_id, id)
) /*rowless*/;

CREATE TABLE area (
    enterprise_id UUID NOT NULL,
    id            UUID NOT NULL,
    site_id       UUID NOT NULL,
    parent_id     UUID,
    kind          TEXT NOT NULL CHECK (kind IN ('area', 'machine')),
    name          TEXT NOT NULL,
    code          TEXT NOT NULL,
    heads         BIGINT CHECK (heads >= 0),
    heads_by      UUID,
    heads_day     BIGINT,
    PRIMARY KEY (enterprise_id, id),
    UNIQUE (enterprise_id, code),
    FOREIGN KEY (enterprise_id, site_id) REFERENCES site (enterprise_id, id),
    FOREIGN KEY (enterprise_id, parent_id) REFERENCES area (enterprise_id, id)
) /*rowless*/;

CREATE TABLE person (
    enterprise_id UUID    NOT NULL REFERENCES enterprise (id),
    id            UUID    NOT NULL,
    name          TEXT    NOT NULL,
    staff_number  TEXT,
    position      TEXT    NOT NULL,
    area_id       UUID,
    active        BOOLEAN NOT NULL,
    PRIMARY KEY (enterprise_id, id),
    UNIQUE (enterprise_id, staff_number),
    FOREIGN KEY (enterprise_id, area_id) REFERENCES area (enterprise_id, id)
) /*rowless*/;

CREATE TABLE app_user (
    enterprise_id UUID    NOT NULL,
    id            UUID    NOT NULL,
    person_id     UUID    NOT NULL,
    login         TEXT    NOT NULL,
    password_hash TEXT,
    locale        TEXT    NOT NULL,
    disabled      BOOLEAN NOT NULL,
    PRIMARY KEY (enterprise_id, id),
    FOREIGN KEY (enterprise_id, person_id) REFERENCES person (enterprise_id, id)
) /*rowless*/;

CREATE TABLE role_grant (
    enterprise_id UUID NOT NULL,
    user_id       UUID NOT NULL,
    role          TEXT NOT NULL,
    place_kind    TEXT NOT NULL,
    place_key     TEXT NOT NULL,
    PRIMARY KEY (enterprise_id, user_id, role, place_kind, place_key),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;

CREATE TABLE invitation (
    enterprise_id UUID   NOT NULL,
    token_hash    BYTEA  NOT NULL,
    user_id       UUID   NOT NULL,
    expires_at    BIGINT NOT NULL,
    used_at       BIGINT,
    PRIMARY KEY (enterprise_id, token_hash),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;

-- Anonymous reports wait here until they are let out in batches. Apart from everything else, so
-- that they can move to a process of their own.

CREATE TABLE intake_report (
    enterprise_id UUID   NOT NULL REFERENCES enterprise (id),
    id            UUID   NOT NULL,
    local_day     BIGINT NOT NULL,
    body          TEXT   NOT NULL,
    PRIMARY KEY (enterprise_id, id)
) /*rowless*/;

CREATE TABLE intake_attachment (
    enterprise_id UUID   NOT NULL,
    report_id     UUID   NOT NULL,
    name          TEXT   NOT NULL,
    stage         TEXT   NOT NULL,
    content_type  TEXT   NOT NULL,
    size          BIGINT NOT NULL,
    blob_hash     BYTEA  NOT NULL,
    PRIMARY KEY (enterprise_id, report_id, name),
    FOREIGN KEY (enterprise_id, report_id) REFERENCES intake_report (enterprise_id, id)
) /*rowless*/;

-- Cases. The table is `cases` because CASE is a word of SQL.

CREATE TABLE cases (
    enterprise_id       UUID    NOT NULL REFERENCES enterprise (id),
    id                  UUID    NOT NULL,
    version             BIGINT  NOT NULL,
    kind                TEXT    NOT NULL,
    category            TEXT    NOT NULL,
    voice               TEXT    NOT NULL,
    source              TEXT    NOT NULL,
    finder              TEXT,
    danger              BOOLEAN NOT NULL,
    site_id             UUID,
    area_id             UUID,
    text                TEXT    NOT NULL,
    state               TEXT    NOT NULL,
    reported_day        BIGINT  NOT NULL,
    reported_at         BIGINT,
    answer              TEXT,
    answered_day        BIGINT,
    grade_likelihood    BIGINT,
    grade_severity      BIGINT,
    grade_level         BIGINT,
    grade_pack          TEXT,
    legal               TEXT,
    owner_id            UUID,
    due_day             BIGINT,
    plan_measure        TEXT,
    plan_responsibility TEXT,
    plan_money_minor    BIGINT,
    plan_currency       TEXT,
    plan_contingency    TEXT,
    fixer_user_id       UUID,
    fixed_day           BIGINT,
    merged_into         UUID,
    referred_to         TEXT,
    disputed            BOOLEAN NOT NULL,
    PRIMARY KEY (enterprise_id, id),
    CHECK (voice <> 'anonymous' OR reported_at IS NULL),
    FOREIGN KEY (enterprise_id, site_id) REFERENCES site (enterprise_id, id),
    FOREIGN KEY (enterprise_id, area_id) REFERENCES area (enterprise_id, id),
    FOREIGN KEY (enterprise_id, owner_id) REFERENCES person (enterprise_id, id),
    FOREIGN KEY (enterprise_id, fixer_user_id) REFERENCES app_user (enterprise_id, id),
    FOREIGN KEY (enterprise_id, merged_into) REFERENCES cases (enterprise_id, id)
) /*rowless*/;
CREATE INDEX cases_by_day ON cases (enterprise_id, reported_day, id);
CREATE INDEX cases_by_state ON cases (enterprise_id, state, reported_day, id);
CREATE INDEX cases_by_owner ON cases (enterprise_id, owner_id, state, due_day);

-- Append-only, except `seq`, which the sequencer fills once, and nonce and payload, which an
-- erasure empties.
CREATE TABLE case_event (
    enterprise_id UUID   NOT NULL,
    id            UUID   NOT NULL,
    case_id       UUID   NOT NULL,
    position      BIGINT NOT NULL,
    action        TEXT   NOT NULL,
    actor_kind    TEXT   NOT NULL,
    actor_user_id UUID,
    client        TEXT   NOT NULL,
    pack          TEXT,
    at            BIGINT,
    local_day     BIGINT NOT NULL,
    from_state    TEXT,
    to_state      TEXT   NOT NULL,
    due_from      BIGINT,
    due_to        BIGINT,
    nonce         BYTEA,
    payload       TEXT,
    leaf          BYTEA  NOT NULL,
    seq           BIGINT,
    PRIMARY KEY (enterprise_id, id),
    UNIQUE (enterprise_id, case_id, position),
    FOREIGN KEY (enterprise_id, case_id) REFERENCES cases (enterprise_id, id)
) /*rowless*/;
CREATE INDEX case_event_pending ON case_event (enterprise_id, id) WHERE seq IS NULL;

CREATE TABLE chain (
    enterprise_id UUID   NOT NULL,
    seq           BIGINT NOT NULL,
    event_id      UUID   NOT NULL,
    leaf          BYTEA  NOT NULL,
    head          BYTEA  NOT NULL,
    PRIMARY KEY (enterprise_id, seq),
    UNIQUE (enterprise_id, event_id)
) /*rowless*/;

-- Who raised a case, sealed; nothing for an anonymous voice.
CREATE TABLE case_reporter (
    enterprise_id UUID  NOT NULL,
    case_id       UUID  NOT NULL,
    sealed        BYTEA NOT NULL,
    PRIMARY KEY (enterprise_id, case_id),
    FOREIGN KEY (enterprise_id, case_id) REFERENCES cases (enterprise_id, id)
) /*rowless*/;

CREATE TABLE case_attachment (
    enterprise_id UUID   NOT NULL,
    case_id       UUID   NOT NULL,
    name          TEXT   NOT NULL,
    stage         TEXT   NOT NULL CHECK (stage IN ('before', 'after', 'voice')),
    content_type  TEXT   NOT NULL,
    size          BIGINT NOT NULL,
    blob_hash     BYTEA  NOT NULL,
    PRIMARY KEY (enterprise_id, case_id, name),
    FOREIGN KEY (enterprise_id, case_id) REFERENCES cases (enterprise_id, id)
) /*rowless*/;

-- Columns of an imported row that no field of ours takes; kept as they came, and countable.
CREATE TABLE case_field (
    enterprise_id UUID NOT NULL,
    case_id       UUID NOT NULL,
    field         TEXT NOT NULL,
    value         TEXT NOT NULL,
    PRIMARY KEY (enterprise_id, case_id, field),
    FOREIGN KEY (enterprise_id, case_id) REFERENCES cases (enterprise_id, id)
) /*rowless*/;

-- Figures.

CREATE TABLE tally (
    enterprise_id UUID   NOT NULL,
    measure       TEXT   NOT NULL,
    slice         TEXT   NOT NULL,
    local_day     BIGINT NOT NULL,
    n             BIGINT NOT NULL,
    PRIMARY KEY (enterprise_id, measure, slice, local_day)
) /*rowless*/;

-- Distinct people who took part on a day, as keyed hashes of what they signed with.
CREATE TABLE participation (
    enterprise_id UUID   NOT NULL,
    local_day     BIGINT NOT NULL,
    person_key    BYTEA  NOT NULL,
    PRIMARY KEY (enterprise_id, local_day, person_key)
) /*rowless*/;

-- Machinery.

CREATE TABLE idempotency (
    enterprise_id UUID   NOT NULL,
    id            UUID   NOT NULL,
    digest        BYTEA  NOT NULL,
    local_day     BIGINT NOT NULL,
    PRIMARY KEY (enterprise_id, id)
) /*rowless*/;

CREATE TABLE job (
    enterprise_id UUID   NOT NULL,
    id            UUID   NOT NULL,
    kind          TEXT   NOT NULL,
    payload       TEXT   NOT NULL,
    state         TEXT   NOT NULL CHECK (state IN ('ready', 'running', 'done', 'failed')),
    run_at        BIGINT NOT NULL,
    lease_until   BIGINT,
    attempts      BIGINT NOT NULL,
    error         TEXT,
    PRIMARY KEY (enterprise_id, id)
) /*rowless*/;
CREATE INDEX job_ready ON job (state, run_at);

CREATE TABLE import_file (
    enterprise_id UUID   NOT NULL REFERENCES enterprise (id),
    id            UUID   NOT NULL,
    file_hash     BYTEA  NOT NULL,
    name          TEXT   NOT NULL,
    size          BIGINT NOT NULL,
    state         TEXT   NOT NULL
        CHECK (state IN ('uploaded', 'checking', 'checked', 'running', 'done', 'failed')),
    mapping       TEXT   NOT NULL,
    columns       TEXT   NOT NULL,
    rows_total    BIGINT NOT NULL,
    rows_done     BIGINT NOT NULL,
    rows_known    BIGINT NOT NULL,
    rows_failed   BIGINT NOT NULL,
    error         TEXT,
    PRIMARY KEY (enterprise_id, id),
    UNIQUE (enterprise_id, file_hash)
) /*rowless*/;

CREATE TABLE import_error (
    enterprise_id UUID   NOT NULL,
    import_id     UUID   NOT NULL,
    row_number    BIGINT NOT NULL,
    column_name   TEXT   NOT NULL,
    code          TEXT   NOT NULL,
    value         TEXT   NOT NULL,
    PRIMARY KEY (enterprise_id, import_id, row_number, column_name),
    FOREIGN KEY (enterprise_id, import_id) REFERENCES import_file (enterprise_id, id)
) /*rowless*/;

-- One row of one file, in the enterprise that it went to: the second time it is known.
CREATE TABLE import_row (
    enterprise_id UUID   NOT NULL,
    file_hash     BYTEA  NOT NULL,
    row_number    BIGINT NOT NULL,
    case_id       UUID   NOT NULL,
    PRIMARY KEY (enterprise_id, file_hash, row_number),
    FOREIGN KEY (enterprise_id, case_id) REFERENCES cases (enterprise_id, id)
) /*rowless*/;
CREATE INDEX import_row_by_file ON import_row (file_hash, row_number);
