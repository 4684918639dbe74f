-- OAuth 2.0: what a sign-in in the browser grants, the codes that tokens are given for, and the sessions of browsers.

-- The scopes that were granted through OAuth 2.0, separated by spaces. NULL: a sign-in through the API.
ALTER TABLE sign_ins ADD COLUMN scopes TEXT;
-- The resource that the access tokens are for (RFC 8707). NULL: none was named.
ALTER TABLE sign_ins ADD COLUMN resource TEXT;

-- Authorization codes that have not served.
CREATE TABLE authorization_codes (
    -- The SHA-256 of the code.
    hash         BLOB    PRIMARY KEY,
    -- The sign-in whose tokens the code gives.
    sign_in      INTEGER NOT NULL REFERENCES sign_ins ON DELETE CASCADE,
    -- What the request for authorization said, and the request for tokens must repeat or prove.
    redirect_uri TEXT    NOT NULL,
    challenge    TEXT,
    -- What the ID token repeats.
    nonce        TEXT,
    -- The id of the sign-in's event, if one is recorded.
    event        TEXT,
    expires_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX authorization_codes_by_sign_in ON authorization_codes (sign_in);
CREATE INDEX authorization_codes_by_expiry  ON authorization_codes (expires_ms);

-- Browsers in which a user has signed in at a domain of the pool.
CREATE TABLE browser_sessions (
    -- The SHA-256 of the cookie's value.
    hash        BLOB    PRIMARY KEY,
    user_row    INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    -- When the user proved to be the user.
    auth_time_s INTEGER NOT NULL,
    expires_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX browser_sessions_by_user   ON browser_sessions (user_row);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (expires_ms);
