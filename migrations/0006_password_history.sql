-- The passwords that users had for good before the one they have: of each only its SRP verifier, and no more than the pool's
-- policy asks for (PasswordHistorySize), which is taken out of the settings so that the two cannot disagree.

ALTER TABLE pools ADD COLUMN password_history_size INTEGER
    AS (coalesce(json_extract(settings, '$.Policies.PasswordPolicy.PasswordHistorySize'), 0)) VIRTUAL;

CREATE TABLE former_passwords (
    row      INTEGER PRIMARY KEY AUTOINCREMENT,
    user     INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    salt     BLOB    NOT NULL,
    verifier BLOB    NOT NULL
) STRICT;

CREATE INDEX former_passwords_by_user ON former_passwords (user, row);
