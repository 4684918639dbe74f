-- Bounds on what can be tried and kept: wrong codes by session, several sign-ins that wait for the same device, and the size of
-- messages.

-- How many wrong codes were sent with a session, until nobody would accept it anyway.
CREATE TABLE wrong_codes (
    session    BLOB    PRIMARY KEY,
    count      INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX wrong_codes_by_expiry ON wrong_codes (expires_ms);

-- Sign-ins that wait for their device's proof, for clients that send no session with it. Another sign-in with the same device
-- does not take the place of one that waits.
CREATE TABLE waiting_sign_ins (
    pool         INTEGER NOT NULL,
    username_key TEXT    NOT NULL,
    device_key   TEXT    NOT NULL,
    client       INTEGER NOT NULL REFERENCES app_clients ON DELETE CASCADE,
    session      BLOB    NOT NULL,
    expires_ms   INTEGER NOT NULL,
    PRIMARY KEY (pool, username_key, device_key, client, session),
    FOREIGN KEY (pool, username_key, device_key) REFERENCES devices ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO waiting_sign_ins (pool, username_key, device_key, client, session, expires_ms)
SELECT pool, username_key, device_key, client, session, expires_ms FROM device_challenges;

DROP TABLE device_challenges;
ALTER TABLE waiting_sign_ins RENAME TO device_challenges;

CREATE INDEX device_challenges_by_client ON device_challenges (client);
CREATE INDEX device_challenges_by_expiry ON device_challenges (expires_ms);

-- What is kept is bounded from now on.
DELETE FROM outbox WHERE id <= (SELECT id FROM outbox ORDER BY id DESC LIMIT 1 OFFSET 1000);

-- What a message takes: the text, and the subject of an email.
ALTER TABLE outbox ADD COLUMN bytes INTEGER AS (octet_length(message) + coalesce(octet_length(subject), 0)) VIRTUAL;

-- For the size of all messages together.
CREATE INDEX outbox_by_bytes ON outbox (bytes);
