-- How many users each pool has, so that nobody counts them to show a pool. The code that adds and deletes users keeps it; a pool
-- without a row has none. It is a table of its own because a new user must not write the whole pool anew.
CREATE TABLE user_counts (
    pool  INTEGER PRIMARY KEY REFERENCES pools ON DELETE CASCADE,
    users INTEGER NOT NULL
) STRICT;

INSERT INTO user_counts (pool, users) SELECT pool, count(*) FROM users GROUP BY pool;
