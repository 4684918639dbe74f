-- Sessions of users, in pools that track them.

ALTER TABLE pools ADD COLUMN session_tracking INTEGER NOT NULL DEFAULT FALSE;
-- The most token sessions of a user.
ALTER TABLE pools ADD COLUMN max_sessions INTEGER NOT NULL DEFAULT 20;

-- For how long managed login reuses an SSO session without asking the user again. NULL: nobody has set it.
ALTER TABLE app_clients ADD COLUMN sso_session_minutes INTEGER;

-- Token sessions that have not ended. A token session is the life of a sign-in's refresh token, and goes with the sign-in.
CREATE TABLE user_sessions (
    sign_in        INTEGER PRIMARY KEY REFERENCES sign_ins ON DELETE CASCADE,
    id             TEXT    NOT NULL UNIQUE,
    user_row       INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    created_ms     INTEGER NOT NULL,
    -- The sign-in, or the last time that its tokens were refreshed: when, from where, and with what program.
    last_active_ms INTEGER NOT NULL,
    last_ip        TEXT,
    device_type    TEXT
) STRICT;

CREATE INDEX user_sessions_by_user ON user_sessions (user_row, last_active_ms);
