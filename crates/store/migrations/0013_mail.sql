-- Where a user wants what they are told by mail. The address is sealed; of the last attempt only the day.
CREATE TABLE notice_mail (
    enterprise_id UUID   NOT NULL,
    user_id       UUID   NOT NULL,
    sealed        BYTEA  NOT NULL,
    result_day    BIGINT,
    result        TEXT,
    changed_day   BIGINT NOT NULL,
    PRIMARY KEY (enterprise_id, user_id),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
