-- Second factors: the software tokens of users, which factors each user wants to be asked for, and the messages that carry codes.

-- Whether the pool asks for a second factor: looked at in every sign-in.
ALTER TABLE pools ADD COLUMN mfa TEXT AS (json_extract(settings, '$.MfaConfiguration')) VIRTUAL;

-- At most two a user: the one that codes are held against, and one that is to take its place and was not verified yet.
CREATE TABLE software_tokens (
    user          INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    verified      INTEGER NOT NULL,
    secret        BLOB    NOT NULL,
    friendly_name TEXT,
    -- The step of the last code that counted, after which only later ones do.
    last_step     INTEGER,
    PRIMARY KEY (user, verified)
) STRICT, WITHOUT ROWID;

-- What users or administrators have said of each factor; nothing where nobody has.
CREATE TABLE mfa_preferences (
    user           INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    sms            INTEGER,
    email          INTEGER,
    software_token INTEGER,
    -- The name of the factor that comes before the others.
    preferred      TEXT
) STRICT;

-- Messages to users, which nobody sends: whoever runs the server reads them here. Kept for a day after their codes have expired.
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    pool        INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
    user        INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    -- SMS or EMAIL.
    medium      TEXT    NOT NULL,
    destination TEXT    NOT NULL,
    -- What the message is for, as the triggers of Cognito's custom senders name it.
    purpose     TEXT    NOT NULL,
    code        TEXT    NOT NULL,
    -- The whole text, and the subject of an email.
    message     TEXT    NOT NULL,
    subject     TEXT,
    created_ms  INTEGER NOT NULL,
    expires_ms  INTEGER NOT NULL
) STRICT;

CREATE INDEX outbox_by_pool   ON outbox (pool);
CREATE INDEX outbox_by_user   ON outbox (user);
CREATE INDEX outbox_by_expiry ON outbox (expires_ms);
