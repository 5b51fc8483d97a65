-- Keys for machines, and what a directory of people has said over one (SCIM).

-- The key itself is kept by whoever has it; here lies its hash. An ended key stays as a line.
CREATE TABLE device_key (
    enterprise_id UUID   NOT NULL REFERENCES enterprise (id),
    id            UUID   NOT NULL,
    name          TEXT   NOT NULL,
    scopes        TEXT   NOT NULL,
    key_hash      BYTEA  NOT NULL,
    made_by       UUID   NOT NULL,
    made_day      BIGINT NOT NULL,
    last_day      BIGINT NOT NULL,
    used_day      BIGINT,
    ended_day     BIGINT,
    PRIMARY KEY (enterprise_id, id),
    UNIQUE (enterprise_id, key_hash),
    FOREIGN KEY (enterprise_id, made_by) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;

-- What the directory calls a login, and whether it has given it up: the login stays, locked.
CREATE TABLE scim_user (
    enterprise_id UUID    NOT NULL,
    user_id       UUID    NOT NULL,
    external_id   TEXT,
    is_gone       BOOLEAN NOT NULL,
    PRIMARY KEY (enterprise_id, user_id),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;

-- Groups of the directory. One that bears the word of a role gives that role.
CREATE TABLE scim_group (
    enterprise_id UUID NOT NULL REFERENCES enterprise (id),
    id            UUID NOT NULL,
    name          TEXT NOT NULL,
    external_id   TEXT,
    PRIMARY KEY (enterprise_id, id),
    UNIQUE (enterprise_id, name)
) /*rowless*/;

CREATE TABLE scim_member (
    enterprise_id UUID NOT NULL,
    group_id      UUID NOT NULL,
    user_id       UUID NOT NULL,
    PRIMARY KEY (enterprise_id, group_id, user_id),
    FOREIGN KEY (enterprise_id, group_id) REFERENCES scim_group (enterprise_id, id),
    FOREIGN KEY (enterprise_id, user_id) REFERENCES app_user (enterprise_id, id)
) /*rowless*/;
CREATE INDEX scim_member_by_user ON scim_member (enterprise_id, user_id);
