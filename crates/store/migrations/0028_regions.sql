-- Sums over divisions, folded a few seconds after what they count, so that the page of a province reads
-- no more than that of a town.

-- What the counts of an enterprise were changed by and what is not yet in the sums of its divisions. Rows
-- live for seconds; one without changes says only that the enterprise is to be looked at.
CREATE TABLE tally_change (
    enterprise_id UUID NOT NULL REFERENCES enterprise (id),
    id            UUID NOT NULL,
    changes       TEXT NOT NULL,
    PRIMARY KEY (enterprise_id, id)
) /*rowless*/;
INSERT INTO tally_change (enterprise_id, id, changes)
    SELECT id, id, '[]' FROM enterprise WHERE kind = 'enterprise';

-- How an enterprise stands today, as it is in the sums; looked at anew when its day ends.
CREATE TABLE standing (
    enterprise_id UUID   NOT NULL PRIMARY KEY REFERENCES enterprise (id),
    region_code   TEXT   NOT NULL,
    heard_day     BIGINT NOT NULL,
    falling       BIGINT NOT NULL,
    ends_at       BIGINT NOT NULL
) /*rowless*/;
CREATE INDEX standing_by_end ON standing (ends_at);

-- The division `region_code` right below `parent`. Day -1 is the sum over all days.
CREATE TABLE region_tally (
    parent      TEXT   NOT NULL,
    measure     TEXT   NOT NULL,
    local_day   BIGINT NOT NULL,
    slice       TEXT   NOT NULL,
    region_code TEXT   NOT NULL,
    n           BIGINT NOT NULL,
    PRIMARY KEY (parent, measure, local_day, slice, region_code)
) /*rowless*/;

-- When changes were last folded; 0 before the first time.
CREATE TABLE region_fold (
    id BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
) /*rowless*/;
INSERT INTO region_fold (id, at) VALUES (1, 0);
