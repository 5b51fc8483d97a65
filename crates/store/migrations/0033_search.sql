-- By what cases are found: numbers of words that only the server's key gives, other ones in each enterprise.
-- `number` is where the case stands in a list, by its day and then its random id. Nothing of a reporter.
CREATE TABLE case_search (
    enterprise_id UUID   NOT NULL,
    case_id       UUID   NOT NULL,
    number        BIGINT NOT NULL,
    words         TEXT   NOT NULL,
    PRIMARY KEY (enterprise_id, case_id),
    FOREIGN KEY (enterprise_id, case_id) REFERENCES cases (enterprise_id, id)
) /*rowless*/;

-- Enterprises of which older cases have no words yet, and how far they are made.
CREATE TABLE search_gap (
    enterprise_id UUID NOT NULL PRIMARY KEY REFERENCES enterprise (id),
    after_id      UUID
) /*rowless*/;
INSERT INTO search_gap (enterprise_id) SELECT DISTINCT enterprise_id FROM cases;

/*postgres*/
CREATE INDEX case_search_words ON case_search USING gin ((CAST(string_to_array(words, ' ') AS INTEGER[])));
-- PostgreSQL does not look into an inverted index before row-level security has looked at each row, since only
-- a superuser could tell it that the comparison gives nothing away. So a search reads the rows as their owner
-- does, through a view that holds those of the transaction's enterprise and of nobody else.
CREATE POLICY found ON case_search FOR SELECT TO CURRENT_USER USING (TRUE);
CREATE VIEW case_found AS
    SELECT enterprise_id, case_id, number, words FROM case_search
    WHERE enterprise_id = CAST(current_setting('app.enterprise_id') AS UUID);
/*end*/

/*sqlite*/
CREATE INDEX case_search_by_number ON case_search (enterprise_id, number, case_id);
-- It keeps no text and no places within it, and what is removed is gone from its pages too.
CREATE VIRTUAL TABLE case_words USING fts5 (words, content = '', detail = none, columnsize = 0,
    tokenize = 'ascii');
INSERT INTO case_words (case_words, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER case_search_made AFTER INSERT ON case_search BEGIN
    INSERT INTO case_words (rowid, words) VALUES (new.number, new.words);
END;
CREATE TRIGGER case_search_gone AFTER DELETE ON case_search BEGIN
    INSERT INTO case_words (case_words, rowid, words) VALUES ('delete', old.number, old.words);
END;
CREATE TRIGGER case_search_changed AFTER UPDATE ON case_search WHEN old.words <> new.words BEGIN
    INSERT INTO case_words (case_words, rowid, words) VALUES ('delete', old.number, old.words);
    INSERT INTO case_words (rowid, words) VALUES (new.number, new.words);
END;
/*end*/

-- A list of the cases of all factories of a place walks those factories that have something of it.
CREATE INDEX standing_open ON standing (region_code, enterprise_id) WHERE open > 0;
CREATE INDEX standing_danger ON standing (region_code, enterprise_id) WHERE danger > 0;
CREATE INDEX standing_overdue ON standing (region_code, enterprise_id) WHERE overdue > 0;

-- Each filter of a list walks an index of its own, newest first.
DROP INDEX cases_by_area;
CREATE INDEX cases_by_area ON cases (enterprise_id, area_id, reported_day, id, source);
CREATE INDEX cases_by_kind ON cases (enterprise_id, kind, reported_day, id);
CREATE INDEX cases_by_level ON cases (enterprise_id, grade_level, reported_day, id)
    WHERE grade_level IS NOT NULL;
CREATE INDEX cases_by_person ON cases (enterprise_id, owner_id, reported_day, id)
    WHERE owner_id IS NOT NULL;
