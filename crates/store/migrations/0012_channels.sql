-- Where notices are sent. Address and secret are sealed together; of the last attempt only the day.
CREATE TABLE notice_channel (
    enterprise_id UUID    NOT NULL REFERENCES enterprise (id),
    id            UUID    NOT NULL,
    way           TEXT    NOT NULL CHECK (way IN ('webhook', 'wecom', 'dingtalk')),
    name          TEXT    NOT NULL,
    kinds         TEXT    NOT NULL,
    locale        TEXT    NOT NULL,
    active        BOOLEAN NOT NULL,
    sealed        BYTEA   NOT NULL,
    result_day    BIGINT,
    result        TEXT,
    changed_by    UUID    NOT NULL,
    changed_day   BIGINT  NOT NULL,
    PRIMARY KEY (enterprise_id, id),
    FOREIGN KEY (enterprise_id, changed_by) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
