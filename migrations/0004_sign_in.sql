-- Signing in: each pool's keys, proofs that are under way or used up, sign-ins with their refresh tokens, and what devices prove
-- themselves with. What somebody could sign in with is kept as a hash, or as an SRP verifier.

CREATE TABLE pool_keys (
    pool       INTEGER PRIMARY KEY REFERENCES pools ON DELETE CASCADE,
    -- Seals the sessions that clients carry.
    seal       BLOB NOT NULL,
    -- The RSA key pairs that sign ID tokens and access tokens: the ids, and the pairs in PKCS #8.
    id_kid     TEXT NOT NULL,
    id_key     BLOB NOT NULL,
    access_kid TEXT NOT NULL,
    access_key BLOB NOT NULL
) STRICT;

-- Sessions that have served, until nobody would accept them anyway.
CREATE TABLE used_sessions (
    id         BLOB    PRIMARY KEY,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX used_sessions_by_expiry ON used_sessions (expires_ms);

-- Failed attempts to sign in, by a hash of the pool and the name that was tried, whether somebody has it or not.
CREATE TABLE failed_attempts (
    name     BLOB    PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX failed_attempts_by_last ON failed_attempts (last_ms);

-- What devices are issued and prove themselves with. Salt and verifier come with ConfirmDevice.
CREATE TABLE device_secrets (
    device    INTEGER PRIMARY KEY REFERENCES devices ON DELETE CASCADE,
    group_key TEXT NOT NULL,
    salt      BLOB,
    verifier  BLOB,
    CHECK ((salt IS NULL) = (verifier IS NULL))
) STRICT;

-- Sign-ins that wait for their device's proof, for clients that send no session with it.
CREATE TABLE device_challenges (
    device     INTEGER NOT NULL REFERENCES devices ON DELETE CASCADE,
    client     INTEGER NOT NULL REFERENCES app_clients ON DELETE CASCADE,
    session    BLOB    NOT NULL,
    expires_ms INTEGER NOT NULL,
    PRIMARY KEY (device, client)
) STRICT, WITHOUT ROWID;

CREATE INDEX device_challenges_by_client ON device_challenges (client);

CREATE TABLE sign_ins (
    row         INTEGER PRIMARY KEY,
    user        INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    client      INTEGER NOT NULL REFERENCES app_clients ON DELETE CASCADE,
    -- What all tokens of the sign-in name it by.
    origin_jti  TEXT    NOT NULL UNIQUE,
    -- The device that it was made with, or that was issued by it.
    device_key  TEXT,
    auth_time_s INTEGER NOT NULL,
    -- When the last of its refresh tokens ends.
    expires_ms  INTEGER NOT NULL,
    revoked     INTEGER NOT NULL
) STRICT;

CREATE INDEX sign_ins_by_user   ON sign_ins (user);
CREATE INDEX sign_ins_by_client ON sign_ins (client);
CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_ms);

CREATE TABLE refresh_tokens (
    hash        BLOB    PRIMARY KEY,
    sign_in     INTEGER NOT NULL REFERENCES sign_ins ON DELETE CASCADE,
    -- When rotation put another in its place.
    replaced_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_tokens_by_sign_in ON refresh_tokens (sign_in);
