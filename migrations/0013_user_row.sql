-- Columns that refer to a user's row are called so. `user` alone is a function in standard SQL, the name of the database's user,
-- and other engines take a statement that names it with that meaning.

ALTER TABLE user_aliases     RENAME COLUMN user TO user_row;
ALTER TABLE passwords        RENAME COLUMN user TO user_row;
ALTER TABLE former_passwords RENAME COLUMN user TO user_row;
ALTER TABLE sign_ins         RENAME COLUMN user TO user_row;
ALTER TABLE software_tokens  RENAME COLUMN user TO user_row;
ALTER TABLE mfa_preferences  RENAME COLUMN user TO user_row;
ALTER TABLE outbox           RENAME COLUMN user TO user_row;
