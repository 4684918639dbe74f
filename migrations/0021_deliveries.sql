-- The delivery of emails by a mail server.

-- How often a server has tried to send the message.
ALTER TABLE outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
-- Until then it is left alone: somebody is sending it, or has tried in vain.
ALTER TABLE outbox ADD COLUMN next_attempt_ms INTEGER NOT NULL DEFAULT 0;
-- When the mail server took it, or when it was given up.
ALTER TABLE outbox ADD COLUMN delivered_ms INTEGER;
ALTER TABLE outbox ADD COLUMN failed_ms INTEGER;
-- Why the last attempt failed.
ALTER TABLE outbox ADD COLUMN delivery_error TEXT;

-- What is to be sent, the most urgent first.
CREATE INDEX outbox_to_deliver ON outbox (expires_ms) WHERE medium = 'EMAIL' AND delivered_ms IS NULL AND failed_ms IS NULL;
