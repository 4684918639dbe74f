//! The table `pools`.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::{UserPoolMfaType, UserPoolType};
use crate::domain::mfa::MfaConfig;
use crate::domain::mfa::PoolMfa;
use crate::domain::pool::{Configuration, Pool, has_threat_protection};
use crate::domain::user_session::SessionTracking;
use crate::error::{ApiError, Result};
use crate::ids::{AccountId, UserPoolId};
use crate::store::page::{Page, one_more};
use crate::store::tables::pool_keys::{KeptKeys, keys};
use crate::store::tx::{ReadTx, Row, WriteTx};

impl ReadTx<'_> {
    /// The pool with this id.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is none.
    pub(crate) fn pool(&self, id: &UserPoolId) -> Result<Arc<Pool>> {
        self.find_pool(id)?
            .ok_or_else(|| ApiError::no_such_pool(id))
    }

    /// The pool with this id, if there is one.
    pub(crate) fn find_pool(&self, id: &UserPoolId) -> Result<Option<Arc<Pool>>> {
        self.known_pool(id, || {
            self.maybe(
                "SELECT row, account, case_sensitive, alias_attributes, username_attributes,
                    challenge_required_on_new_device, device_only_remembered_on_user_prompt, threat_protection,
                    session_tracking, max_sessions
                 FROM pools WHERE id = ?1",
                [id.as_str()],
                |row| pool(id, row),
            )
        })
    }

    /// The pool with this id, if there is one, and its keys if it has any yet.
    pub(crate) fn find_pool_with_keys(
        &self,
        id: &UserPoolId,
    ) -> Result<Option<(Arc<Pool>, Option<KeptKeys>)>> {
        self.maybe(
            "SELECT row, account, case_sensitive, alias_attributes, username_attributes,
                challenge_required_on_new_device, device_only_remembered_on_user_prompt, threat_protection,
                session_tracking, max_sessions, seal, id_kid, access_kid
             FROM pools LEFT JOIN pool_keys ON pool_keys.pool = pools.row WHERE id = ?1",
            [id.as_str()],
            |row| Ok((Arc::new(pool(id, row)?), keys(row, 10)?)),
        )
    }

    /// How many pools there are.
    pub(crate) fn count_pools(&self) -> Result<i64> {
        self.one("SELECT count(*) FROM pools", (), |row| row.get(0))
    }

    /// The ids of all pools, in order.
    pub(crate) fn pool_ids(&self) -> Result<Vec<UserPoolId>> {
        self.all("SELECT id FROM pools ORDER BY id", (), |row| {
            Ok(UserPoolId::from(row.get::<String>(0)?))
        })
    }

    /// Up to `limit` pools of an account after the id `after`, in the order of their ids.
    pub(crate) fn pools_of(
        &self,
        account: &AccountId,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<(UserPoolId, UserPoolType)>> {
        let rows: Vec<(UserPoolId, String)> = self.all(
            "SELECT id, settings FROM pools WHERE account = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
            (account.as_str(), after.unwrap_or_default(), one_more(limit)),
            |row| Ok((UserPoolId::from(row.get::<String>(0)?), row.get(1)?)),
        )?;
        Page::cut(rows, limit).try_map(|(id, text)| {
            let settings = decode(&id, &text)?;
            Ok((id, settings))
        })
    }

    /// All that is kept of a pool's settings.
    pub(crate) fn pool_settings(&self, pool: &Pool) -> Result<UserPoolType> {
        let text: String = self.one(
            "SELECT settings FROM pools WHERE row = ?1",
            [pool.row],
            |row| row.get(0),
        )?;
        decode(&pool.id, &text)
    }

    /// Whether the pool has had passwords that were made with usernames in mixed case, although it ignores case.
    pub(crate) fn has_spelled_usernames(&self, pool: &Pool) -> Result<bool> {
        self.one(
            "SELECT spelled_usernames FROM pools WHERE row = ?1",
            [pool.row],
            |row| row.get(0),
        )
    }

    /// The pool's settings of second factors that are not in `UserPoolType`.
    pub(crate) fn pool_factors(&self, pool: &Pool) -> Result<MfaConfig> {
        let text: String = self.one(
            "SELECT factors FROM pools WHERE row = ?1",
            [pool.row],
            |row| row.get(0),
        )?;
        read_factors(pool, &text)
    }

    /// Which second factors the pool asks for.
    pub(crate) fn pool_mfa(&self, pool: &Pool) -> Result<PoolMfa> {
        let (mode, factors): (Option<String>, String) = self.one(
            "SELECT mfa, factors FROM pools WHERE row = ?1",
            [pool.row],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mode = mode.map(|mode| serde_json::from_value(Value::String(mode)));
        let mode = mode.transpose().map_err(ApiError::internal)?;
        match mode.unwrap_or(UserPoolMfaType::Off) {
            UserPoolMfaType::Off => Ok(PoolMfa::new(UserPoolMfaType::Off, &MfaConfig::default())),
            mode @ (UserPoolMfaType::On | UserPoolMfaType::Optional) => {
                Ok(PoolMfa::new(mode, &read_factors(pool, &factors)?))
            }
        }
    }
}

fn read_factors(pool: &Pool, text: &str) -> Result<MfaConfig> {
    serde_json::from_str(text)
        .map_err(|error| ApiError::internal(format_args!("factors of {}: {error}", pool.id)))
}

impl WriteTx<'_> {
    /// Holds the pool until the transaction ends: nobody else changes it by what it was, or counts what is in it.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when it has been deleted; `TooManyRequestsException` when somebody else does not give it up.
    pub(crate) fn hold_pool(&self, pool: &Pool) -> Result<()> {
        let found = self.maybe_held(
            "SELECT 1 FROM pools WHERE row = ?1",
            "pools",
            [pool.row],
            |_| Ok(()),
        )?;
        found.ok_or_else(|| ApiError::no_such_pool(&pool.id))
    }

    /// Writes a new pool. Returns false if there is one with this id.
    pub(crate) fn insert_pool(
        &self,
        id: &UserPoolId,
        account: &AccountId,
        settings: &UserPoolType,
    ) -> Result<bool> {
        let protects = has_threat_protection(settings);
        let settings = serde_json::to_string(settings).map_err(ApiError::internal)?;
        let inserted = self.run(
            "INSERT INTO pools (id, account, settings, threat_protection) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            (id.as_str(), account.as_str(), settings, protects),
        )?;
        Ok(inserted > 0)
    }

    /// Writes the pool, over the one with this id if there is one.
    pub(crate) fn put_pool(
        &self,
        id: &UserPoolId,
        account: &AccountId,
        settings: &UserPoolType,
    ) -> Result<()> {
        let protects = has_threat_protection(settings);
        let settings = serde_json::to_string(settings).map_err(ApiError::internal)?;
        self.write(
            "INSERT INTO pools (id, account, settings, threat_protection) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET account = excluded.account, settings = excluded.settings,
                 threat_protection = excluded.threat_protection",
            (id.as_str(), account.as_str(), settings, protects),
        )
    }

    /// Writes the pool's settings of second factors that are not in `UserPoolType`.
    pub(crate) fn put_pool_factors(&self, pool: &Pool, factors: &MfaConfig) -> Result<()> {
        let factors = serde_json::to_string(factors).map_err(ApiError::internal)?;
        self.write(
            "UPDATE pools SET factors = ?2 WHERE row = ?1",
            (pool.row, factors),
        )
    }

    /// Writes how the pool treats its users' sessions.
    pub(crate) fn put_session_tracking(
        &self,
        pool: &Pool,
        tracking: SessionTracking,
    ) -> Result<()> {
        self.write(
            "UPDATE pools SET session_tracking = ?2, max_sessions = ?3 WHERE row = ?1",
            (pool.row, tracking.enabled, tracking.max_per_user),
        )
    }

    /// Deletes the pool with everything in it.
    pub(crate) fn delete_pool(&self, pool: &Pool) -> Result<()> {
        self.write("DELETE FROM pools WHERE row = ?1", [pool.row])
    }
}

fn decode(id: &UserPoolId, settings: &str) -> Result<UserPoolType> {
    serde_json::from_str(settings)
        .map_err(|error| ApiError::internal(format_args!("settings of {id}: {error}")))
}

/// The pool whose columns a row begins with, as [`ReadTx::find_pool`] lists them.
pub(super) fn pool(id: &UserPoolId, row: Row<'_>) -> Result<Pool> {
    Ok(Pool {
        row: row.get(0)?,
        id: id.clone(),
        account: row.get::<String>(1)?.into(),
        sessions: SessionTracking {
            enabled: row.get(8)?,
            max_per_user: row.get(9)?,
        },
        configuration: configuration(row),
    })
}

/// The configuration in a row of `find_pool`; what cannot be read does not hold together.
pub(in crate::store) fn configuration(row: Row<'_>) -> Result<Configuration, String> {
    Configuration::new(
        flag(row, 2)?,
        list(row, 3)?,
        list(row, 4)?,
        flag(row, 5)?,
        flag(row, 6)?,
        flag(row, 7)?.unwrap_or_default(),
    )
}

fn flag(row: Row<'_>, column: usize) -> Result<Option<bool>, String> {
    row.get(column).map_err(|error| error.to_string())
}

/// A list that was taken out of the settings as JSON.
fn list<T: DeserializeOwned>(row: Row<'_>, column: usize) -> Result<Vec<T>, String> {
    let text: Option<String> = row.get(column).map_err(|error| error.to_string())?;
    text.map_or_else(
        || Ok(Vec::new()),
        |text| serde_json::from_str(&text).map_err(|error| error.to_string()),
    )
}
