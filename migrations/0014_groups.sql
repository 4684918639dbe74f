-- Groups of a pool, and the users who are in them.

CREATE TABLE groups (
    row         INTEGER PRIMARY KEY,
    pool        INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
    name        TEXT    NOT NULL,
    -- What was not given is NULL.
    description TEXT,
    role_arn    TEXT,
    -- 0 comes first, and a group without one last.
    precedence  INTEGER,
    created_ms  INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    UNIQUE (pool, name)
) STRICT;

-- The key lists the users of a group, the index the groups of a user.
CREATE TABLE group_members (
    group_row INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE,
    user_row  INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (group_row, user_row)
) STRICT, WITHOUT ROWID;

CREATE INDEX group_members_by_user ON group_members (user_row, group_row);
