-- The registry: pools, their users, the devices that they sign in with, and the devices' attributes.
-- Times are integers: milliseconds since 1970 (`_ms`), or seconds where Cognito keeps no finer ones (`_s`).

CREATE TABLE pools (
    row      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    account  TEXT NOT NULL,
    -- What operations look at is taken out of `settings` when a row is written, so that the two cannot disagree.
    case_sensitive      INTEGER AS (json_extract(settings, '$.UsernameConfiguration.CaseSensitive')) STORED,
    alias_attributes    TEXT    AS (json_extract(settings, '$.AliasAttributes')) STORED,
    username_attributes TEXT    AS (json_extract(settings, '$.UsernameAttributes')) STORED,
    challenge_required_on_new_device
                        INTEGER AS (json_extract(settings, '$.DeviceConfiguration.ChallengeRequiredOnNewDevice')) STORED,
    device_only_remembered_on_user_prompt
                        INTEGER AS (json_extract(settings, '$.DeviceConfiguration.DeviceOnlyRememberedOnUserPrompt')) STORED,
    -- The whole pool, in AWS's shape UserPoolType.
    settings TEXT NOT NULL CHECK (json_valid(settings))
) STRICT;

CREATE TABLE users (
    row          INTEGER PRIMARY KEY,
    pool         INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
    username     TEXT    NOT NULL,
    -- What the username is found by: itself, or its lower case in a pool that ignores case.
    username_key TEXT    NOT NULL,
    sub          TEXT    NOT NULL,
    enabled      INTEGER NOT NULL,
    status       TEXT    NOT NULL,
    created_ms   INTEGER NOT NULL,
    modified_ms  INTEGER NOT NULL,
    -- Name and value of every attribute but sub, as a JSON object.
    attributes   TEXT    NOT NULL CHECK (json_valid(attributes)),
    UNIQUE (pool, username_key),
    UNIQUE (pool, sub)
) STRICT;

-- The further names that users are found by: the values of the pool's sign-in attributes.
CREATE TABLE user_aliases (
    pool      INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
    value     TEXT    NOT NULL,
    attribute TEXT    NOT NULL,
    user      INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (pool, value, attribute)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_aliases_by_user ON user_aliases (user);

CREATE TABLE devices (
    row             INTEGER PRIMARY KEY,
    user            INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    device_key      TEXT    NOT NULL,
    -- False from the sign-in that issued the key until ConfirmDevice.
    confirmed       INTEGER NOT NULL,
    remembered      INTEGER NOT NULL,
    created_ms      INTEGER NOT NULL,
    modified_ms     INTEGER NOT NULL,
    authenticated_s INTEGER NOT NULL,
    UNIQUE (user, device_key)
) STRICT;

-- The attributes that a device was given: device_status, device_name, last_ip_used, dev:device_sdk. Those that follow from
-- the registry (its ARN, its owner, whether it is remembered) are not kept.
CREATE TABLE device_attributes (
    device INTEGER NOT NULL REFERENCES devices ON DELETE CASCADE,
    name   TEXT    NOT NULL,
    value  TEXT    NOT NULL,
    PRIMARY KEY (device, name)
) STRICT, WITHOUT ROWID;
