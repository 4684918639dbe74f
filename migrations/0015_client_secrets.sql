-- A second secret of an app client, beside the ClientSecret of its settings. In the client's own row, because every sign-in looks
-- at it.

-- When ClientSecret was made; NULL if that was together with the client.
ALTER TABLE app_clients ADD COLUMN secret_ms INTEGER;
ALTER TABLE app_clients ADD COLUMN second_secret TEXT;
ALTER TABLE app_clients ADD COLUMN second_secret_ms INTEGER CHECK ((second_secret IS NULL) = (second_secret_ms IS NULL));
