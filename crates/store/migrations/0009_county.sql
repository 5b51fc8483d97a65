-- That a backup was made and stood its check: so that the administrator sees how old the last one is.
-- It has no tenant, because a backup holds everybody.
CREATE TABLE backup_made (
    at   BIGINT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL
) /*rowless*/;
