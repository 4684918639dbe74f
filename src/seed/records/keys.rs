//! The keys of a pool, which seal its sessions and sign its tokens, as `seed export --with-keys` writes them: each in base64.

use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::auth::seal::SealKey;
use crate::auth::signing_key::SigningKey;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::seed::members::{Members, no_others, object, take_text};
use crate::seed::refusal::Refusal;
use crate::store::{ReadTx, WriteTx};

/// The keys that a seed gives a pool.
pub(super) struct SeedKeys {
    seal: SealKey,
    id: SigningKey,
    access: SigningKey,
}

impl SeedKeys {
    /// Takes the keys out of the pool's members; `None` if it has none.
    pub(super) fn take(prefix: &dyn Display, entry: &mut Members) -> Result<Option<Self>, Refusal> {
        let Some(keys) = entry.remove("Keys") else {
            return Ok(None);
        };
        let place = format!("{prefix}Keys");
        let mut keys = object(&place, keys)?;
        let mut bytes = |name: &str| {
            let text = take_text(&place, &mut keys, name)?;
            let bytes = text.and_then(|text| STANDARD.decode(text).ok());
            let unfit = || Refusal::at(&place, format!("{name} is not that of an export"));
            Ok((bytes.map(Zeroizing::new).ok_or_else(unfit)?, unfit()))
        };
        let (seal, no_seal) = bytes("Seal")?;
        let (id, no_id) = bytes("IdTokenKey")?;
        let (access, no_access) = bytes("AccessTokenKey")?;
        no_others(&place, &keys)?;
        Ok(Some(Self {
            seal: SealKey::from_bytes(&seal).ok_or(no_seal)?,
            id: SigningKey::from_pkcs8(&id).map_err(|_| no_id)?,
            access: SigningKey::from_pkcs8(&access).map_err(|_| no_access)?,
        }))
    }

    /// Gives the pool these keys; returns whether it had others, or none.
    pub(super) fn put(&self, tx: &WriteTx<'_>, pool: &Pool) -> Result<bool> {
        let has_them = tx.find_pool_keys(pool)?.is_some_and(|kept| {
            kept.seal.as_bytes() == self.seal.as_bytes()
                && kept.id_kid == self.id.kid()
                && kept.access_kid == self.access.kid()
        });
        if !has_them {
            tx.replace_pool_keys(pool, &self.seal, &self.id, &self.access)?;
        }
        Ok(!has_them)
    }
}

/// The pool's keys; `None` if it has not needed any yet.
pub(super) fn export(tx: &ReadTx<'_>, pool: &Pool) -> Result<Option<Value>> {
    let Some(kept) = tx.find_pool_keys(pool)? else {
        return Ok(None);
    };
    let pair = |kid: &str| {
        let key = tx.signing_key(pool, kid)?;
        Ok::<_, ApiError>(STANDARD.encode(key.pkcs8().as_slice()))
    };
    Ok(Some(json!({
        "Seal": STANDARD.encode(kept.seal.as_bytes()),
        "IdTokenKey": pair(&kept.id_kid)?,
        "AccessTokenKey": pair(&kept.access_kid)?,
    })))
}
