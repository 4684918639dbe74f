//! The tables `identity_providers` and `provider_seals`.

use zeroize::Zeroizing;

use crate::ambient::Ambient;
use crate::api::{IdentityProviderType, Timestamp};
use crate::auth::seal::SealKey;
use crate::domain::pool::Pool;
use crate::domain::provider::details::{Details, is_secret};
use crate::domain::provider::{IdentityProvider, MAX_PROVIDERS};
use crate::error::{ApiError, Result};
use crate::store::page::{Page, one_more};
use crate::store::tx::{ReadTx, Row, WriteTx};

/// A provider as it is kept: its secrets are sealed.
struct Sealed {
    provider: IdentityProvider,
    secrets: Option<Vec<u8>>,
}

impl ReadTx<'_> {
    /// The pool's identity provider with this name, with its secrets.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has none.
    pub(crate) fn provider(&self, pool: &Pool, name: &str) -> Result<IdentityProvider> {
        self.find_provider(pool, name)?
            .ok_or_else(|| ApiError::no_such_provider(name, &pool.id))
    }

    /// The pool's identity provider with this name and its secrets, if there is one.
    pub(crate) fn find_provider(
        &self,
        pool: &Pool,
        name: &str,
    ) -> Result<Option<IdentityProvider>> {
        let found = self.maybe(
            "SELECT name, settings, created_ms, modified_ms, secrets FROM identity_providers WHERE pool = ?1 AND name = ?2",
            (pool.row, name),
            sealed,
        )?;
        found.map(|found| self.unsealed(pool, found)).transpose()
    }

    /// The pool's identity provider with this identifier and its secrets, if there is one.
    pub(crate) fn find_provider_by_identifier(
        &self,
        pool: &Pool,
        identifier: &str,
    ) -> Result<Option<IdentityProvider>> {
        let providers = self.providers(pool, None, MAX_PROVIDERS)?.items;
        let mut providers = providers.into_iter();
        let found =
            providers.find(|provider| provider.identifiers.iter().any(|it| it == identifier));
        found.map_or(Ok(None), |found| self.find_provider(pool, &found.name))
    }

    /// Up to `limit` identity providers of the pool whose names come after `after`, without their secrets.
    pub(crate) fn providers(
        &self,
        pool: &Pool,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<IdentityProvider>> {
        let found = self.all(
            "SELECT name, settings, created_ms, modified_ms FROM identity_providers WHERE pool = ?1 AND name > ?2
             ORDER BY name LIMIT ?3",
            (pool.row, after.unwrap_or_default(), one_more(limit)),
            provider,
        )?;
        Ok(Page::cut(found, limit))
    }

    /// The names of the pool's identity providers.
    pub(crate) fn provider_names(&self, pool: &Pool) -> Result<Vec<String>> {
        self.all(
            "SELECT name FROM identity_providers WHERE pool = ?1 ORDER BY name",
            [pool.row],
            |row| row.get(0),
        )
    }

    fn unsealed(&self, pool: &Pool, found: Sealed) -> Result<IdentityProvider> {
        let mut provider = found.provider;
        if let Some(secrets) = found.secrets {
            let context = context(pool, &provider.name);
            let opened = self.find_provider_seal(pool)?;
            let opened = opened.and_then(|key| key.open_bytes(&context, &secrets));
            let opened = opened.ok_or_else(|| {
                ApiError::internal(format_args!("sealed secrets of provider {}", provider.name))
            })?;
            let secrets: Details = serde_json::from_slice(&opened).map_err(ApiError::internal)?;
            provider.details.extend(secrets);
        }
        Ok(provider)
    }

    fn find_provider_seal(&self, pool: &Pool) -> Result<Option<SealKey>> {
        let found: Option<Vec<u8>> = self.maybe(
            "SELECT seal FROM provider_seals WHERE pool = ?1",
            [pool.row],
            |row| row.get(0),
        )?;
        let key = found.map(|bytes| {
            SealKey::from_bytes(&Zeroizing::new(bytes))
                .ok_or_else(|| ApiError::internal("a sealing key of the wrong length"))
        });
        key.transpose()
    }
}

impl WriteTx<'_> {
    /// Writes a new identity provider of the pool. `chance` draws what seals its secrets.
    ///
    /// # Errors
    /// `DuplicateProviderException` when the pool has one with this name; `LimitExceededException` when it has as many as a pool
    /// may have.
    pub(crate) fn insert_provider(
        &self,
        pool: &Pool,
        provider: &IdentityProvider,
        chance: &Ambient,
    ) -> Result<()> {
        let (settings, secrets) = self.written_provider(pool, provider, chance)?;
        let inserted = self.run(
            "INSERT INTO identity_providers (pool, name, provider_type, settings, secrets, created_ms, modified_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            (
                pool.row,
                provider.name.as_str(),
                provider.provider_type.as_str(),
                settings,
                secrets.as_deref(),
                provider.created.millis(),
                provider.modified.millis(),
            ),
        )?;
        if inserted == 0 {
            return Err(ApiError::provider_exists(&provider.name, &pool.id));
        }
        let number: u32 = self.one(
            "SELECT count(*) FROM identity_providers WHERE pool = ?1",
            [pool.row],
            |row| row.get(0),
        )?;
        if number > MAX_PROVIDERS {
            return Err(ApiError::too_many_providers());
        }
        Ok(())
    }

    /// Writes over the pool's identity provider with the same name. `chance` draws what seals its secrets.
    pub(crate) fn put_provider(
        &self,
        pool: &Pool,
        provider: &IdentityProvider,
        chance: &Ambient,
    ) -> Result<()> {
        let (settings, secrets) = self.written_provider(pool, provider, chance)?;
        self.write(
            "UPDATE identity_providers SET provider_type = ?3, settings = ?4, secrets = ?5, created_ms = ?6, modified_ms = ?7
             WHERE pool = ?1 AND name = ?2",
            (
                pool.row,
                provider.name.as_str(),
                provider.provider_type.as_str(),
                settings,
                secrets.as_deref(),
                provider.created.millis(),
                provider.modified.millis(),
            ),
        )
    }

    /// Deletes the pool's identity provider. Users keep their identities at it.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has none with this name.
    pub(crate) fn delete_provider(&self, pool: &Pool, name: &str) -> Result<()> {
        let deleted = self.run(
            "DELETE FROM identity_providers WHERE pool = ?1 AND name = ?2",
            (pool.row, name),
        )?;
        if deleted == 0 {
            return Err(ApiError::no_such_provider(name, &pool.id));
        }
        Ok(())
    }

    /// The settings and the sealed secrets of a provider.
    fn written_provider(
        &self,
        pool: &Pool,
        provider: &IdentityProvider,
        chance: &Ambient,
    ) -> Result<(String, Option<Vec<u8>>)> {
        let details = provider.details.clone().into_iter();
        let (secrets, plain): (Details, Details) = details.partition(|(name, _)| is_secret(name));
        let settings = IdentityProviderType {
            acr_mapping: provider.acr_mapping.clone(),
            attribute_mapping: provider.mapping.clone(),
            idp_identifiers: Some(provider.identifiers.clone()),
            provider_details: Some(plain),
            provider_type: Some(provider.provider_type),
            ..IdentityProviderType::default()
        };
        let settings = serde_json::to_string(&settings).map_err(ApiError::internal)?;
        if secrets.is_empty() {
            return Ok((settings, None));
        }
        let secrets = serde_json::to_vec(&secrets).map_err(ApiError::internal)?;
        let context = context(pool, &provider.name);
        let key = self.provider_seal(pool, chance)?;
        let sealed = key.seal_bytes(&context, &Zeroizing::new(secrets), chance);
        Ok((settings, Some(sealed.map_err(ApiError::internal)?)))
    }

    /// The key that seals the secrets of the pool's providers, drawn now if there is none yet.
    fn provider_seal(&self, pool: &Pool, chance: &Ambient) -> Result<SealKey> {
        if let Some(key) = self.find_provider_seal(pool)? {
            return Ok(key);
        }
        let key = SealKey::draw(chance);
        self.write(
            "INSERT INTO provider_seals (pool, seal) VALUES (?1, ?2)",
            (pool.row, key.as_bytes()),
        )?;
        Ok(key)
    }
}

/// What sealed secrets are bound to: a provider's secrets open for no other provider.
fn context(pool: &Pool, name: &str) -> Vec<u8> {
    format!("identity provider\n{}\n{name}", pool.id).into_bytes()
}

fn sealed(row: Row<'_>) -> Result<Sealed> {
    Ok(Sealed {
        provider: provider(row)?,
        secrets: row.get(4)?,
    })
}

/// Reads a provider without its secrets from the first four columns.
pub(in crate::store) fn provider(row: Row<'_>) -> Result<IdentityProvider> {
    let settings: IdentityProviderType = serde_json::from_str(row.text(1)?)
        .map_err(|error| ApiError::internal(format_args!("settings of a provider: {error}")))?;
    Ok(IdentityProvider {
        name: row.get(0)?,
        provider_type: settings
            .provider_type
            .ok_or_else(|| ApiError::internal("a provider without a type"))?,
        details: settings.provider_details.unwrap_or_default(),
        mapping: settings.attribute_mapping,
        identifiers: settings.idp_identifiers.unwrap_or_default(),
        acr_mapping: settings.acr_mapping,
        created: Timestamp::from_millis(row.get(2)?),
        modified: Timestamp::from_millis(row.get(3)?),
    })
}
