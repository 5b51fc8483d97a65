-- Up to where the last backup that was read back and checked holds an enterprise's record: so that the
-- administrator sees what would be lost with this server now.
CREATE TABLE backup_covered (
    enterprise_id UUID   NOT NULL PRIMARY KEY REFERENCES enterprise (id),
    at            BIGINT NOT NULL,
    events        BIGINT NOT NULL
) /*rowless*/;
