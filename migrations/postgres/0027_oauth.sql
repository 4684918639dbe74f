-- OAuth 2.0: what a sign-in in the browser grants, the codes that tokens are given for, and the sessions of browsers.

ALTER TABLE sign_ins ADD COLUMN scopes TEXT;
ALTER TABLE sign_ins ADD COLUMN resource TEXT;

CREATE TABLE authorization_codes (
    hash         BYTEA  PRIMARY KEY,
    sign_in      BIGINT NOT NULL REFERENCES sign_ins ON DELETE CASCADE,
    redirect_uri TEXT   NOT NULL,
    challenge    TEXT,
    nonce        TEXT,
    event        TEXT,
    expires_ms   BIGINT NOT NULL
);

CREATE INDEX authorization_codes_by_sign_in ON authorization_codes (sign_in);
CREATE INDEX authorization_codes_by_expiry  ON authorization_codes (expires_ms);

CREATE TABLE browser_sessions (
    hash        BYTEA  PRIMARY KEY,
    user_row    BIGINT NOT NULL REFERENCES users ON DELETE CASCADE,
    auth_time_s BIGINT NOT NULL,
    expires_ms  BIGINT NOT NULL
);

CREATE INDEX browser_sessions_by_user   ON browser_sessions (user_row);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (expires_ms);
