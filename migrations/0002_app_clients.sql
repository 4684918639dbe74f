-- App clients of the pools.

CREATE TABLE app_clients (
    row       INTEGER PRIMARY KEY,
    pool      INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
    -- Requests that are not signed name the client alone, so an id is one client's among all pools.
    client_id TEXT    NOT NULL UNIQUE,
    client_type TEXT  AS (coalesce(json_extract(settings, '$.ClientType'), 'REGULAR')) STORED,
    -- The whole client, its secret included, in AWS's shape UserPoolClientType.
    settings  TEXT    NOT NULL CHECK (json_valid(settings))
) STRICT;

CREATE INDEX app_clients_by_pool ON app_clients (pool, client_id);

-- What a pool's settings do not tell of its second factors and passkeys: the members of GetUserPoolMfaConfig.
ALTER TABLE pools ADD COLUMN factors TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(factors));
