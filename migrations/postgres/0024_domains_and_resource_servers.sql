-- The domains of pools, under which browsers reach their pages and OAuth endpoints.

CREATE TABLE user_pool_domains (
    name                  TEXT COLLATE "C" PRIMARY KEY,
    pool                  BIGINT  NOT NULL REFERENCES pools ON DELETE CASCADE,
    is_custom             BOOLEAN NOT NULL,
    certificate_arn       TEXT    CHECK (is_custom OR certificate_arn IS NULL),
    security_policy       TEXT    CHECK (certificate_arn IS NOT NULL OR security_policy IS NULL),
    managed_login_version BIGINT  NOT NULL,
    created_ms            BIGINT  NOT NULL,
    UNIQUE (pool, is_custom)
);

INSERT INTO user_pool_domains (name, pool, is_custom, managed_login_version, created_ms)
SELECT poolhouse_json(settings) ->> 'Domain', row, FALSE, 1, 1000 * CAST(extract(epoch FROM now()) AS BIGINT)
FROM pools WHERE poolhouse_json(settings) ->> 'Domain' IS NOT NULL ORDER BY row
ON CONFLICT DO NOTHING;

INSERT INTO user_pool_domains (name, pool, is_custom, managed_login_version, created_ms)
SELECT poolhouse_json(settings) ->> 'CustomDomain', row, TRUE, 1, 1000 * CAST(extract(epoch FROM now()) AS BIGINT)
FROM pools WHERE poolhouse_json(settings) ->> 'CustomDomain' IS NOT NULL ORDER BY row
ON CONFLICT DO NOTHING;

UPDATE pools SET settings = CAST(CAST(settings AS JSONB) - 'Domain' - 'CustomDomain' AS TEXT)
WHERE poolhouse_json(settings) ->> 'Domain' IS NOT NULL OR poolhouse_json(settings) ->> 'CustomDomain' IS NOT NULL;

-- The resource servers of pools, which define custom scopes.

CREATE TABLE resource_servers (
    pool       BIGINT NOT NULL REFERENCES pools ON DELETE CASCADE,
    identifier TEXT COLLATE "C" NOT NULL,
    name       TEXT   NOT NULL,
    scopes     TEXT   NOT NULL CHECK (poolhouse_json(scopes) IS NOT NULL),
    PRIMARY KEY (pool, identifier)
);
