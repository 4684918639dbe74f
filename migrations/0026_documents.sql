-- What is kept of an app client, or of a pool for all of its clients, and shown as it was given: how pages look, and what they have
-- users agree to.

CREATE TABLE documents (
    row         INTEGER PRIMARY KEY,
    pool        INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
    -- NULL for a document of the pool.
    client      INTEGER REFERENCES app_clients ON DELETE CASCADE,
    -- ManagedLoginBranding, UICustomization or Terms.
    kind        TEXT    NOT NULL,
    -- What tells it from the pool's other documents of its kind.
    id          TEXT    NOT NULL,
    -- What tells it from its client's other documents of its kind; empty where a client has one at most.
    name        TEXT    NOT NULL,
    body        TEXT    NOT NULL CHECK (json_valid(body)),
    created_ms  INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    UNIQUE (pool, kind, id),
    UNIQUE (client, kind, name)
) STRICT;
