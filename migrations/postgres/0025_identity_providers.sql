-- Identity providers of pools, and the identities at providers that users have.

CREATE TABLE identity_providers (
    pool          BIGINT NOT NULL REFERENCES pools ON DELETE CASCADE,
    name          TEXT COLLATE "C" NOT NULL,
    provider_type TEXT   NOT NULL,
    settings      TEXT   NOT NULL CHECK (poolhouse_json(settings) IS NOT NULL),
    secrets       BYTEA,
    created_ms    BIGINT NOT NULL,
    modified_ms   BIGINT NOT NULL,
    PRIMARY KEY (pool, name)
);

CREATE TABLE provider_seals (
    pool BIGINT PRIMARY KEY REFERENCES pools ON DELETE CASCADE,
    seal BYTEA  NOT NULL
);

CREATE TABLE user_identities (
    pool      BIGINT NOT NULL REFERENCES pools ON DELETE CASCADE,
    provider  TEXT COLLATE "C" NOT NULL,
    attribute TEXT COLLATE "C" NOT NULL,
    value     TEXT COLLATE "C" NOT NULL,
    user_row  BIGINT NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (pool, provider, attribute, value)
);

CREATE INDEX user_identities_by_user ON user_identities (user_row);
