-- The domains of pools, under which browsers reach their pages and OAuth endpoints.

CREATE TABLE user_pool_domains (
    -- The prefix, or the whole name of a custom domain. A name is one pool's among all pools.
    name                  TEXT    PRIMARY KEY,
    pool                  INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
    is_custom             INTEGER NOT NULL CHECK (is_custom IN (0, 1)),
    -- NULL for a prefix, and for a custom domain of which only the name is known.
    certificate_arn       TEXT    CHECK (is_custom = 1 OR certificate_arn IS NULL),
    security_policy       TEXT    CHECK (certificate_arn IS NOT NULL OR security_policy IS NULL),
    managed_login_version INTEGER NOT NULL,
    created_ms            INTEGER NOT NULL,
    -- A pool has at most one prefix and one custom domain.
    UNIQUE (pool, is_custom)
) STRICT;

-- A pool from a seed could name domains. The older pool keeps a name that two of them have.
INSERT INTO user_pool_domains (name, pool, is_custom, managed_login_version, created_ms)
SELECT json_extract(settings, '$.Domain'), row, 0, 1, 1000 * CAST(strftime('%s', 'now') AS INTEGER)
FROM pools WHERE json_extract(settings, '$.Domain') IS NOT NULL ORDER BY row
ON CONFLICT DO NOTHING;

INSERT INTO user_pool_domains (name, pool, is_custom, managed_login_version, created_ms)
SELECT json_extract(settings, '$.CustomDomain'), row, 1, 1, 1000 * CAST(strftime('%s', 'now') AS INTEGER)
FROM pools WHERE json_extract(settings, '$.CustomDomain') IS NOT NULL ORDER BY row
ON CONFLICT DO NOTHING;

UPDATE pools SET settings = json_remove(settings, '$.Domain', '$.CustomDomain')
WHERE json_extract(settings, '$.Domain') IS NOT NULL OR json_extract(settings, '$.CustomDomain') IS NOT NULL;

-- The resource servers of pools, which define custom scopes.

CREATE TABLE resource_servers (
    pool       INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
    identifier TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    -- A list of AWS's shape ResourceServerScopeType.
    scopes     TEXT    NOT NULL CHECK (json_valid(scopes)),
    PRIMARY KEY (pool, identifier)
) STRICT, WITHOUT ROWID;
