-- The newest certificate that each pool has given out. Those before it stay good by themselves, so nothing is kept of them.

CREATE TABLE signing_certificates (
    pool        INTEGER PRIMARY KEY REFERENCES pools ON DELETE CASCADE,
    -- The RSA key pair, in PKCS #8.
    key         BLOB    NOT NULL,
    -- The X.509 certificate of its public half, in DER.
    certificate BLOB    NOT NULL,
    created_ms  INTEGER NOT NULL
) STRICT;
