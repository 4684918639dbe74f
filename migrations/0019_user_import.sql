-- Jobs that import users from a file, the files, and what became of their lines.

CREATE TABLE import_jobs (
    row          INTEGER PRIMARY KEY,
    pool         INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
    job_id       TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    role_arn     TEXT    NOT NULL,
    -- What the URL for the file begins with, and the key that signs it.
    base_url     TEXT    NOT NULL,
    upload_key   BLOB    NOT NULL,
    -- A job that was never started stays 'Created': that it has expired follows from its age.
    status       TEXT    NOT NULL,
    created_ms   INTEGER NOT NULL,
    started_ms   INTEGER,
    completed_ms INTEGER,
    message      TEXT,
    -- The upload that began last, and the newest one that is whole, numbered from 1; 0 is none.
    begun_upload INTEGER NOT NULL DEFAULT 0,
    upload       INTEGER NOT NULL DEFAULT 0,
    -- How far the file was read: the first line, how many bytes, and how many lines.
    header       TEXT,
    position     INTEGER NOT NULL DEFAULT 0,
    lines        INTEGER NOT NULL DEFAULT 0,
    imported     INTEGER NOT NULL DEFAULT 0,
    skipped      INTEGER NOT NULL DEFAULT 0,
    failed       INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX import_jobs_by_pool ON import_jobs (pool, row);
CREATE INDEX import_jobs_by_age ON import_jobs (created_ms);
CREATE INDEX import_jobs_that_run ON import_jobs (status) WHERE status IN ('Pending', 'InProgress');

-- The bytes of an upload, all pieces but the last of one size.
CREATE TABLE import_pieces (
    row    INTEGER PRIMARY KEY,
    job    INTEGER NOT NULL REFERENCES import_jobs ON DELETE CASCADE,
    upload INTEGER NOT NULL,
    number INTEGER NOT NULL,
    bytes  BLOB    NOT NULL,
    UNIQUE (job, upload, number)
) STRICT;

-- What became of lines that follow each other and fared alike.
CREATE TABLE import_log (
    job        INTEGER NOT NULL REFERENCES import_jobs ON DELETE CASCADE,
    first_line INTEGER NOT NULL,
    last_line  INTEGER NOT NULL,
    -- SUCCEEDED, SKIPPED or FAILED, and why.
    outcome    TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    logged_ms  INTEGER NOT NULL,
    PRIMARY KEY (job, first_line)
) STRICT, WITHOUT ROWID;
