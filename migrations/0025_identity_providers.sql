-- Identity providers of pools, and the identities at providers that users have.

CREATE TABLE identity_providers (
    pool          INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    provider_type TEXT    NOT NULL,
    -- The whole provider but its secrets, in AWS's shape IdentityProviderType.
    settings      TEXT    NOT NULL CHECK (json_valid(settings)),
    -- The details that are secrets, a JSON object, sealed with the pool's key in provider_seals; NULL if there are none.
    secrets       BLOB,
    created_ms    INTEGER NOT NULL,
    modified_ms   INTEGER NOT NULL,
    PRIMARY KEY (pool, name)
) STRICT, WITHOUT ROWID;

-- The key that seals the secrets of a pool's providers, drawn with the first of them. It is none of the keys in pool_keys: those
-- are drawn with RSA keys, which takes a moment, and a seed replaces them.
CREATE TABLE provider_seals (
    pool INTEGER PRIMARY KEY REFERENCES pools ON DELETE CASCADE,
    seal BLOB    NOT NULL
) STRICT;

-- Which user an identity belongs to. The same is in the attribute `identities` of the user, which answers show.
CREATE TABLE user_identities (
    pool      INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
    provider  TEXT    NOT NULL,
    -- Cognito_Subject, or the attribute of the pool by whose value the identity was linked.
    attribute TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    user_row  INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (pool, provider, attribute, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_identities_by_user ON user_identities (user_row);
