-- What users are searched by. The attributes stay one JSON object a user, read and written as a whole; those that filters
-- name are taken out of it, so that the two cannot disagree, and each index holds only the users who have the attribute.

ALTER TABLE users ADD COLUMN email              TEXT AS (json_extract(attributes, '$.email')) VIRTUAL;
ALTER TABLE users ADD COLUMN phone_number       TEXT AS (json_extract(attributes, '$.phone_number')) VIRTUAL;
ALTER TABLE users ADD COLUMN name               TEXT AS (json_extract(attributes, '$.name')) VIRTUAL;
ALTER TABLE users ADD COLUMN given_name         TEXT AS (json_extract(attributes, '$.given_name')) VIRTUAL;
ALTER TABLE users ADD COLUMN family_name        TEXT AS (json_extract(attributes, '$.family_name')) VIRTUAL;
ALTER TABLE users ADD COLUMN preferred_username TEXT AS (json_extract(attributes, '$.preferred_username')) VIRTUAL;

CREATE INDEX users_by_pool               ON users (pool);
CREATE INDEX users_by_status             ON users (pool, status);
CREATE INDEX users_by_enabled            ON users (pool, enabled);
CREATE INDEX users_by_email              ON users (pool, email)              WHERE email IS NOT NULL;
CREATE INDEX users_by_phone_number       ON users (pool, phone_number)       WHERE phone_number IS NOT NULL;
CREATE INDEX users_by_name               ON users (pool, name)               WHERE name IS NOT NULL;
CREATE INDEX users_by_given_name         ON users (pool, given_name)         WHERE given_name IS NOT NULL;
CREATE INDEX users_by_family_name        ON users (pool, family_name)        WHERE family_name IS NOT NULL;
CREATE INDEX users_by_preferred_username ON users (pool, preferred_username) WHERE preferred_username IS NOT NULL;

-- Of each password only its SRP verifier and salt.
CREATE TABLE passwords (
    user      INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    salt      BLOB    NOT NULL,
    verifier  BLOB    NOT NULL,
    -- True until the user has chosen another.
    temporary INTEGER NOT NULL,
    -- What the days count from for which a temporary one is good.
    set_ms    INTEGER NOT NULL
) STRICT;
