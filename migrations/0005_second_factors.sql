-- Second factors, and the messages that Cognito would send.

-- Secrets of authenticator apps: one that the user has shown to have, and one that is still to be shown beside it.
CREATE TABLE software_tokens (
    user      INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    verified  INTEGER NOT NULL,
    secret    BLOB    NOT NULL,
    name      TEXT,
    -- The 30-second step of the last code that was taken.
    last_step INTEGER NOT NULL,
    PRIMARY KEY (user, verified)
) STRICT, WITHOUT ROWID;

-- What users want of their second factors; what they have not said is NULL.
CREATE TABLE mfa_preferences (
    user           INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    sms            INTEGER,
    email          INTEGER,
    software_token INTEGER,
    preferred      TEXT
) STRICT;

-- Messages with codes, to be read by the owner of the registry in place of whom they are for.
CREATE TABLE outbox (
    row         INTEGER PRIMARY KEY,
    user        INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    medium      TEXT    NOT NULL,
    destination TEXT    NOT NULL,
    purpose     TEXT    NOT NULL,
    code        TEXT    NOT NULL,
    created_ms  INTEGER NOT NULL,
    expires_ms  INTEGER NOT NULL
) STRICT;

CREATE INDEX outbox_by_user   ON outbox (user);
CREATE INDEX outbox_by_expiry ON outbox (expires_ms);
