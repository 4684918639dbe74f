//! The table `signing_certificates`.

use crate::api::Timestamp;
use crate::auth::signing_key::SigningKey;
use crate::domain::pool::Pool;
use crate::error::Result;
use crate::store::tx::{ReadTx, WriteTx};

/// A certificate of a pool.
pub(crate) struct KeptCertificate {
    /// X.509, in DER.
    pub(crate) der: Vec<u8>,
    pub(crate) created: Timestamp,
}

impl ReadTx<'_> {
    /// The pool's newest certificate, if it has given one.
    pub(crate) fn find_signing_certificate(&self, pool: &Pool) -> Result<Option<KeptCertificate>> {
        self.maybe(
            "SELECT certificate, created_ms FROM signing_certificates WHERE pool = ?1",
            [pool.row],
            |row| {
                Ok(KeptCertificate {
                    der: row.get(0)?,
                    created: Timestamp::from_millis(row.get(1)?),
                })
            },
        )
    }
}

impl WriteTx<'_> {
    /// Writes the pool's newest certificate and its key, over those before.
    pub(crate) fn put_signing_certificate(
        &self,
        pool: &Pool,
        key: &SigningKey,
        certificate: &KeptCertificate,
    ) -> Result<()> {
        self.write(
            "INSERT INTO signing_certificates (pool, key, certificate, created_ms) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (pool) DO UPDATE SET key = excluded.key, certificate = excluded.certificate, created_ms = excluded.created_ms",
            (
                pool.row,
                key.pkcs8().as_slice(),
                certificate.der.as_slice(),
                certificate.created.millis(),
            ),
        )
    }
}
