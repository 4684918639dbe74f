-- Users of identity providers are found by their identities. They have no aliases, so that they may share an address with a user of the
-- pool.
DELETE FROM user_aliases WHERE user_row IN (SELECT row FROM users WHERE status = 'EXTERNAL_PROVIDER');
