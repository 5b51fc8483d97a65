-- What was published about the people of an enterprise, month by month. An edition is counted once, when its month
-- is due, and never again: of two looks at the same month there is no difference that could tell of one person.
-- `month` is the first day of the month; `region_code` is the division in whose sums it is told, and stays.
CREATE TABLE edition (
    enterprise_id    UUID   NOT NULL REFERENCES enterprise (id),
    month            BIGINT NOT NULL,
    region_code      TEXT   NOT NULL,
    heads            BIGINT,
    people           BIGINT NOT NULL,
    found            BIGINT NOT NULL,
    found_by_workers BIGINT NOT NULL,
    PRIMARY KEY (enterprise_id, month)
) /*rowless*/;
INSERT INTO edition (enterprise_id, month, region_code, heads, people, found, found_by_workers)
    SELECT enterprise_id, people_month, region_code, heads, people, found, found_by_workers
    FROM standing WHERE people_month IS NOT NULL;
ALTER TABLE standing DROP COLUMN people_month;
ALTER TABLE standing DROP COLUMN heads;
ALTER TABLE standing DROP COLUMN people;
ALTER TABLE standing DROP COLUMN found;
ALTER TABLE standing DROP COLUMN found_by_workers;
