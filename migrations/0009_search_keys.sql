-- Filters of ListUsers ignore letter case in email addresses and names. What users are searched by is taken out of their
-- attributes, in lower case. SQLite knows the letters of ASCII alone: a value with others is kept in `search_keys` as it is
-- searched by, in a JSON object by the attribute's name; most users have none.

DROP INDEX users_by_email;
DROP INDEX users_by_name;
DROP INDEX users_by_given_name;
DROP INDEX users_by_family_name;
DROP INDEX users_by_preferred_username;
ALTER TABLE users DROP COLUMN name;
ALTER TABLE users DROP COLUMN given_name;
ALTER TABLE users DROP COLUMN family_name;
ALTER TABLE users DROP COLUMN preferred_username;

ALTER TABLE users ADD COLUMN search_keys TEXT CHECK (search_keys IS NULL OR json_valid(search_keys));

ALTER TABLE users ADD COLUMN email_key TEXT
    AS (coalesce(json_extract(search_keys, '$.email'), lower(json_extract(attributes, '$.email')))) VIRTUAL;
ALTER TABLE users ADD COLUMN name_key TEXT
    AS (coalesce(json_extract(search_keys, '$.name'), lower(json_extract(attributes, '$.name')))) VIRTUAL;
ALTER TABLE users ADD COLUMN given_name_key TEXT
    AS (coalesce(json_extract(search_keys, '$.given_name'), lower(json_extract(attributes, '$.given_name')))) VIRTUAL;
ALTER TABLE users ADD COLUMN family_name_key TEXT
    AS (coalesce(json_extract(search_keys, '$.family_name'), lower(json_extract(attributes, '$.family_name')))) VIRTUAL;
ALTER TABLE users ADD COLUMN preferred_username_key TEXT
    AS (coalesce(json_extract(search_keys, '$.preferred_username'), lower(json_extract(attributes, '$.preferred_username')))) VIRTUAL;

CREATE INDEX users_by_email              ON users (pool, email_key)              WHERE email_key IS NOT NULL;
CREATE INDEX users_by_name               ON users (pool, name_key)               WHERE name_key IS NOT NULL;
CREATE INDEX users_by_given_name         ON users (pool, given_name_key)         WHERE given_name_key IS NOT NULL;
CREATE INDEX users_by_family_name        ON users (pool, family_name_key)        WHERE family_name_key IS NOT NULL;
CREATE INDEX users_by_preferred_username ON users (pool, preferred_username_key) WHERE preferred_username_key IS NOT NULL;
