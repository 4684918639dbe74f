//! The table `pool_keys`: what seals a pool's sessions and signs its tokens.

use crate::auth::seal::SealKey;
use crate::auth::signing_key::SigningKey;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::store::tx::{ReadTx, Row, WriteTx};

/// What is kept of a pool's keys; the pairs themselves are read when they are needed.
pub(crate) struct KeptKeys {
    pub(crate) seal: SealKey,
    pub(crate) id_kid: String,
    pub(crate) access_kid: String,
}

impl ReadTx<'_> {
    /// The keys of the pool, if it has any yet.
    pub(crate) fn find_pool_keys(&self, pool: &Pool) -> Result<Option<KeptKeys>> {
        let found = self.maybe(
            "SELECT seal, id_kid, access_kid FROM pool_keys WHERE pool = ?1",
            [pool.row],
            |row| keys(row, 0),
        )?;
        Ok(found.flatten())
    }

    /// The pool's key pair with this id.
    pub(crate) fn signing_key(&self, pool: &Pool, kid: &str) -> Result<SigningKey> {
        let pkcs8: Vec<u8> = self.one(
            "SELECT CASE ?2 WHEN id_kid THEN id_key ELSE access_key END FROM pool_keys WHERE pool = ?1",
            (pool.row, kid),
            |row| row.get(0),
        )?;
        SigningKey::from_pkcs8(&pkcs8).map_err(ApiError::internal)
    }
}

impl WriteTx<'_> {
    /// Writes the pool's keys, unless it has some.
    pub(crate) fn add_pool_keys(
        &self,
        pool: &Pool,
        seal: &SealKey,
        id: &SigningKey,
        access: &SigningKey,
    ) -> Result<()> {
        self.write(
            "INSERT INTO pool_keys (pool, seal, id_kid, id_key, access_kid, access_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (pool) DO NOTHING",
            (
                pool.row,
                seal.as_bytes(),
                id.kid(),
                id.pkcs8().as_slice(),
                access.kid(),
                access.pkcs8().as_slice(),
            ),
        )
    }

    /// Writes the pool's keys, over any that it has.
    pub(crate) fn replace_pool_keys(
        &self,
        pool: &Pool,
        seal: &SealKey,
        id: &SigningKey,
        access: &SigningKey,
    ) -> Result<()> {
        self.write("DELETE FROM pool_keys WHERE pool = ?1", [pool.row])?;
        self.add_pool_keys(pool, seal, id, access)
    }
}

/// The keys whose columns begin with the column `at`: `seal`, `id_kid` and `access_kid`. Returns `None` if they are empty.
pub(super) fn keys(row: Row<'_>, at: usize) -> Result<Option<KeptKeys>> {
    let Some(seal) = row.get::<Option<Vec<u8>>>(at)? else {
        return Ok(None);
    };
    Ok(Some(KeptKeys {
        seal: SealKey::from_bytes(&seal)
            .ok_or_else(|| ApiError::internal("a sealing key of the wrong length"))?,
        id_kid: row.get(at + 1)?,
        access_kid: row.get(at + 2)?,
    }))
}
