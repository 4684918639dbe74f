-- The size of the outbox, kept as messages come and go: counting them cost a millisecond at each message of a full outbox.
-- Triggers keep it, since messages also go with their user or pool, by the cascade of a foreign key.
CREATE TABLE outbox_size (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    messages INTEGER NOT NULL,
    bytes    INTEGER NOT NULL
) STRICT;

INSERT INTO outbox_size (only_row, messages, bytes) SELECT 1, count(*), coalesce(sum(bytes), 0) FROM outbox;

CREATE TRIGGER outbox_grows AFTER INSERT ON outbox BEGIN
    UPDATE outbox_size SET messages = messages + 1, bytes = bytes + NEW.bytes WHERE only_row = 1;
END;

CREATE TRIGGER outbox_shrinks AFTER DELETE ON outbox BEGIN
    UPDATE outbox_size SET messages = messages - 1, bytes = bytes - OLD.bytes WHERE only_row = 1;
END;

-- It was for the counting.
DROP INDEX outbox_by_bytes;
