-- What users did that threat protection records: signing in, signing up, changing and forgetting passwords.

-- Whether the pool has threat protection on: looked at in every sign-in. It follows from `settings`.
ALTER TABLE pools ADD COLUMN threat_protection INTEGER NOT NULL DEFAULT FALSE;

UPDATE pools SET threat_protection = TRUE
WHERE json_extract(settings, '$.UserPoolAddOns.AdvancedSecurityMode') IN ('AUDIT', 'ENFORCED');

CREATE TABLE auth_events (
    user_row      INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    -- Counts the events of the user: a later event has a higher number.
    number        INTEGER NOT NULL,
    -- The id of the request that the event began with.
    event_id      TEXT    NOT NULL,
    event_type    TEXT    NOT NULL,
    response      TEXT    NOT NULL,
    -- How the last answer about the password and about the second factor was judged; NULL where there was none.
    password      TEXT,
    mfa           TEXT,
    -- What is known of where the user was.
    ip_address    TEXT,
    device_name   TEXT,
    timezone      TEXT,
    -- What was said of the event, by whom, and when.
    feedback      TEXT,
    feedback_by   TEXT,
    feedback_ms   INTEGER,
    created_ms    INTEGER NOT NULL,
    PRIMARY KEY (user_row, number),
    CHECK ((feedback IS NULL) = (feedback_by IS NULL) AND (feedback IS NULL) = (feedback_ms IS NULL))
) STRICT, WITHOUT ROWID;

-- Events go because of their age.
CREATE INDEX auth_events_by_age ON auth_events (created_ms);

-- The event of the sign-in that waits for its device, if one is recorded.
ALTER TABLE device_challenges ADD COLUMN event INTEGER;
