-- Devices stand under what they are asked for by: the pool, what the username is found by, and the key. All that is told of a
-- device is one row, so that a look at it walks along one tree, and a change of it writes one page.

CREATE TABLE registered_devices (
    pool         INTEGER NOT NULL,
    username_key TEXT    NOT NULL,
    device_key   TEXT    NOT NULL,
    -- What the device was issued along with its key, and proves itself with. Salt and verifier come with ConfirmDevice; a device
    -- that a seed tells nothing of has neither.
    group_key    TEXT,
    salt         BLOB,
    verifier     BLOB,
    PRIMARY KEY (pool, username_key, device_key),
    -- Usernames stay; what they are found by changes with the pool's case rule.
    FOREIGN KEY (pool, username_key) REFERENCES users (pool, username_key) ON DELETE CASCADE ON UPDATE CASCADE,
    CHECK ((salt IS NULL) = (verifier IS NULL) AND (salt IS NULL OR group_key IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE shown_attributes (
    pool            INTEGER NOT NULL,
    username_key    TEXT    NOT NULL,
    device_key      TEXT    NOT NULL,
    -- False from the sign-in that issued the key until ConfirmDevice.
    confirmed       INTEGER NOT NULL,
    -- dev:device_remembered_status.
    remembered      INTEGER NOT NULL,
    created_ms      INTEGER NOT NULL,
    modified_ms     INTEGER NOT NULL,
    authenticated_s INTEGER NOT NULL,
    -- device_status, device_name, last_ip_used, dev:device_sdk. What was not given is NULL; what follows from the registry (the
    -- device's ARN, its owner) is not kept.
    status          TEXT,
    name            TEXT,
    last_ip         TEXT,
    sdk             TEXT,
    PRIMARY KEY (pool, username_key, device_key),
    FOREIGN KEY (pool, username_key, device_key) REFERENCES registered_devices ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;

-- Sign-ins that wait for their device's proof, for clients that send no session with it.
CREATE TABLE awaited_devices (
    pool         INTEGER NOT NULL,
    username_key TEXT    NOT NULL,
    device_key   TEXT    NOT NULL,
    client       INTEGER NOT NULL REFERENCES app_clients ON DELETE CASCADE,
    session      BLOB    NOT NULL,
    expires_ms   INTEGER NOT NULL,
    PRIMARY KEY (pool, username_key, device_key, client),
    FOREIGN KEY (pool, username_key, device_key) REFERENCES registered_devices ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO registered_devices (pool, username_key, device_key, group_key, salt, verifier)
SELECT u.pool, u.username_key, d.device_key, s.group_key, s.salt, s.verifier
FROM users u JOIN devices d ON d.user = u.row LEFT JOIN device_secrets s ON s.device = d.row
ORDER BY u.pool, u.username_key, d.device_key;

INSERT INTO shown_attributes (pool, username_key, device_key, confirmed, remembered, created_ms, modified_ms, authenticated_s,
                              status, name, last_ip, sdk)
SELECT u.pool, u.username_key, d.device_key, d.confirmed, d.remembered, d.created_ms, d.modified_ms, d.authenticated_s,
       a.status, a.name, a.last_ip, a.sdk
FROM users u JOIN devices d ON d.user = u.row LEFT JOIN device_attributes a ON a.device = d.row
ORDER BY u.pool, u.username_key, d.device_key;

INSERT INTO awaited_devices (pool, username_key, device_key, client, session, expires_ms)
SELECT u.pool, u.username_key, d.device_key, c.client, c.session, c.expires_ms
FROM device_challenges c JOIN devices d ON d.row = c.device JOIN users u ON u.row = d.user;

DROP TABLE device_challenges;
DROP TABLE device_secrets;
DROP TABLE device_attributes;
DROP TABLE devices;

ALTER TABLE registered_devices RENAME TO devices;
ALTER TABLE shown_attributes RENAME TO device_attributes;
ALTER TABLE awaited_devices RENAME TO device_challenges;

CREATE INDEX device_challenges_by_client ON device_challenges (client);
