-- Codes that were sent: to confirm a user, to set a new password, to verify an address or number.

CREATE TABLE codes (
    -- A hash of whose code it is and of what it allows: a newer code takes the place of the one before.
    subject     BLOB    PRIMARY KEY,
    -- NULL for a name without a user, of which a client that hides who exists says that a code was sent.
    user_row    INTEGER REFERENCES users ON DELETE CASCADE,
    -- 16 bytes of salt, and the SHA-256 of salt and code.
    hash        BLOB    NOT NULL,
    -- The attribute that the code was sent to, and the value that it had then or is to get.
    contact     TEXT    NOT NULL,
    destination TEXT    NOT NULL,
    -- Whether the value becomes the user's with the right code.
    pending     INTEGER NOT NULL,
    expires_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX codes_by_user   ON codes (user_row);
CREATE INDEX codes_by_expiry ON codes (expires_ms);

-- How often a code was tried in the present hour, by the subject of the code.
CREATE TABLE code_attempts (
    subject    BLOB    PRIMARY KEY,
    count      INTEGER NOT NULL,
    -- The end of the hour.
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX code_attempts_by_expiry ON code_attempts (expires_ms);

-- The link in a message that has one.
ALTER TABLE outbox ADD COLUMN link TEXT;
