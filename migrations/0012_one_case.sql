-- A pool that ignores case shows names in lower case. Usernames are shown as they are found by (`username_key`), and `username`
-- keeps how they were spelled; email addresses and preferred usernames are kept in lower case.

-- The username that a password was made with, where it was spelled otherwise: only by that name can it be proved.
ALTER TABLE passwords ADD COLUMN username TEXT;
ALTER TABLE former_passwords ADD COLUMN username TEXT;

-- Whether the pool has had such passwords.
ALTER TABLE pools ADD COLUMN spelled_usernames INTEGER NOT NULL DEFAULT FALSE;

UPDATE passwords SET username = (SELECT username FROM users WHERE row = passwords.user)
WHERE user IN (SELECT row FROM users WHERE username <> username_key);

UPDATE former_passwords SET username = (SELECT username FROM users WHERE row = former_passwords.user)
WHERE user IN (SELECT row FROM users WHERE username <> username_key);

UPDATE pools SET spelled_usernames = TRUE
WHERE row IN (SELECT pool FROM users JOIN passwords ON passwords.user = users.row WHERE passwords.username IS NOT NULL);

-- SQLite knows the letters of ASCII alone. Of an alias, the whole value in lower case is kept already.
UPDATE users SET attributes = json_set(attributes, '$.email', coalesce(
    (SELECT value FROM user_aliases WHERE user = users.row AND attribute = 'email'),
    lower(json_extract(attributes, '$.email'))))
WHERE pool IN (SELECT row FROM pools WHERE case_sensitive = FALSE)
  AND json_extract(attributes, '$.email') <> coalesce(
    (SELECT value FROM user_aliases WHERE user = users.row AND attribute = 'email'),
    lower(json_extract(attributes, '$.email')));

UPDATE users SET attributes = json_set(attributes, '$.preferred_username', coalesce(
    (SELECT value FROM user_aliases WHERE user = users.row AND attribute = 'preferred_username'),
    lower(json_extract(attributes, '$.preferred_username'))))
WHERE pool IN (SELECT row FROM pools WHERE case_sensitive = FALSE)
  AND json_extract(attributes, '$.preferred_username') <> coalesce(
    (SELECT value FROM user_aliases WHERE user = users.row AND attribute = 'preferred_username'),
    lower(json_extract(attributes, '$.preferred_username')));
