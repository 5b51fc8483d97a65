-- The last day on which the owners of an enterprise were told what is due.
CREATE TABLE notice_digest (
    enterprise_id UUID   NOT NULL PRIMARY KEY REFERENCES enterprise (id),
    local_day     BIGINT NOT NULL
) /*rowless*/;
