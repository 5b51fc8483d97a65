-- Several processes on one database: who of them does the work in the background, and until when that holds
-- without a sign of life. Work that is done once a day has its next time here.
CREATE TABLE round_claim (
    name        TEXT   NOT NULL PRIMARY KEY,
    holder      UUID   NOT NULL,
    lease_until BIGINT NOT NULL,
    due_at      BIGINT NOT NULL,
    said        TEXT   NOT NULL
) /*rowless*/;
