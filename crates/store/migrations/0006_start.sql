-- The first start of a server on which nobody has a login yet.

-- The link with which the first administrator comes in: at most one row, and of the link only its
-- hash. It has no tenant, because no enterprise is there yet.
CREATE TABLE first_link (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
) /*rowless*/;

-- The day on which somebody said that the codes hang on the walls, and who said so.
ALTER TABLE enterprise_setting ADD COLUMN labels_day BIGINT;
ALTER TABLE enterprise_setting ADD COLUMN labels_by UUID;
