//! The table `app_clients`.

use std::sync::Arc;

use crate::api::{ClientTypeType, Sensitive, Timestamp, UserPoolClientType};
use crate::domain::client::AppClient;
use crate::domain::client::secrets::{ClientSecret, ClientSecrets};
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::{ClientId, UserPoolId};
use crate::store::page::{Page, one_more};
use crate::store::tables::pool_keys::{KeptKeys, keys};
use crate::store::tables::pools::pool;
use crate::store::tx::{ReadTx, Row, WriteTx};

impl ReadTx<'_> {
    /// All that is kept of the pool's client with this id.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has none.
    pub(crate) fn client(&self, pool: &Pool, id: &ClientId) -> Result<UserPoolClientType> {
        self.find_client(pool, id)?
            .ok_or_else(|| ApiError::no_such_client(id))
    }

    /// All that is kept of the pool's client with this id, if there is one.
    pub(crate) fn find_client(
        &self,
        pool: &Pool,
        id: &ClientId,
    ) -> Result<Option<UserPoolClientType>> {
        let text: Option<String> = self.maybe_held(
            "SELECT settings FROM app_clients WHERE pool = ?1 AND client_id = ?2",
            "app_clients",
            (pool.row, id.as_str()),
            |row| row.get(0),
        )?;
        text.map(|text| decode(&text)).transpose()
    }

    /// The client with this id, of whatever pool, to sign in through; and the pool's id.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is none.
    pub(crate) fn app_client(&self, id: &ClientId) -> Result<(UserPoolId, AppClient)> {
        let found: Option<(String, i64, String, Option<String>)> = self.maybe(
            "SELECT pools.id, c.row, c.settings, c.second_secret FROM app_clients c JOIN pools ON pools.row = c.pool
             WHERE c.client_id = ?1",
            [id.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )?;
        let (pool, row, settings, second) = found.ok_or_else(|| ApiError::no_such_client(id))?;
        let (settings, second) = (decode(&settings)?, second.map(Sensitive::from));
        Ok((
            UserPoolId::from(pool),
            AppClient::new(row, id.clone(), settings, second),
        ))
    }

    /// The client with this id, of whatever pool, to sign in through; its pool, and the pool's keys if it has any yet.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is none.
    pub(crate) fn app_client_with_pool(
        &self,
        id: &ClientId,
    ) -> Result<(AppClient, Arc<Pool>, Option<KeptKeys>)> {
        let found = self.maybe(
            "SELECT p.row, p.account, p.case_sensitive, p.alias_attributes, p.username_attributes,
                 p.challenge_required_on_new_device, p.device_only_remembered_on_user_prompt, p.threat_protection,
                 p.session_tracking, p.max_sessions, p.id, c.row, c.settings, c.second_secret, k.seal, k.id_kid, k.access_kid
             FROM app_clients c JOIN pools p ON p.row = c.pool LEFT JOIN pool_keys k ON k.pool = p.row WHERE c.client_id = ?1",
            [id.as_str()],
            |row| {
                let second = row.get::<Option<String>>(13)?.map(Sensitive::from);
                let app = AppClient::new(row.get(11)?, id.clone(), decode(row.text(12)?)?, second);
                let pool = pool(&UserPoolId::from(row.get::<String>(10)?), row)?;
                Ok((app, Arc::new(pool), keys(row, 14)?))
            },
        )?;
        found.ok_or_else(|| ApiError::no_such_client(id))
    }

    /// The secrets of the pool's client.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has none with this id.
    pub(crate) fn client_secrets(&self, pool: &Pool, id: &ClientId) -> Result<ClientSecrets> {
        let found = self.maybe_held(
            "SELECT settings, secret_ms, second_secret, second_secret_ms FROM app_clients WHERE pool = ?1 AND client_id = ?2",
            "app_clients",
            (pool.row, id.as_str()),
            secrets,
        )?;
        found.ok_or_else(|| ApiError::no_such_client(id))
    }

    /// For how many minutes the pool's client reuses an SSO session. Returns `None` if nobody has set it.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has no such client.
    pub(crate) fn sso_session_minutes(&self, pool: &Pool, id: &ClientId) -> Result<Option<i64>> {
        let found = self.maybe(
            "SELECT sso_session_minutes FROM app_clients WHERE pool = ?1 AND client_id = ?2",
            (pool.row, id.as_str()),
            |row| row.get(0),
        )?;
        found.ok_or_else(|| ApiError::no_such_client(id))
    }

    /// Up to `limit` clients of the pool, of one type or of any, whose ids come after `after`.
    pub(crate) fn clients(
        &self,
        pool: &Pool,
        of_type: Option<ClientTypeType>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<(ClientId, UserPoolClientType)>> {
        let rows: Vec<(String, String)> = self.all(
            "SELECT client_id, settings FROM app_clients
             WHERE pool = ?1 AND client_id > ?2 AND (CAST(?3 AS TEXT) IS NULL OR client_type = ?3) ORDER BY client_id LIMIT ?4",
            (
                pool.row,
                after.unwrap_or_default(),
                of_type.map(ClientTypeType::as_str),
                one_more(limit),
            ),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Page::cut(rows, limit).try_map(|(id, text)| Ok((ClientId::from(id), decode(&text)?)))
    }
}

impl WriteTx<'_> {
    /// Writes a new client of the pool.
    ///
    /// # Errors
    /// `InvalidParameterException` when a pool has a client with this id.
    pub(crate) fn insert_client(
        &self,
        pool: &Pool,
        id: &ClientId,
        settings: &UserPoolClientType,
    ) -> Result<()> {
        let settings = serde_json::to_string(settings).map_err(ApiError::internal)?;
        let inserted = self.run(
            "INSERT INTO app_clients (pool, client_id, settings) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            (pool.row, id.as_str(), settings),
        )?;
        if inserted == 0 {
            return Err(ApiError::client_exists(id));
        }
        Ok(())
    }

    /// Writes the pool's client, over the one with this id if the pool has it.
    ///
    /// # Errors
    /// `InvalidParameterException` when another pool has a client with this id.
    pub(crate) fn put_client(
        &self,
        pool: &Pool,
        id: &ClientId,
        settings: &UserPoolClientType,
    ) -> Result<()> {
        let settings = serde_json::to_string(settings).map_err(ApiError::internal)?;
        let written = self.run(
            "INSERT INTO app_clients (pool, client_id, settings) VALUES (?1, ?2, ?3)
             ON CONFLICT (client_id) DO UPDATE SET settings = excluded.settings WHERE app_clients.pool = excluded.pool",
            (pool.row, id.as_str(), settings),
        )?;
        if written == 0 {
            return Err(ApiError::client_exists(id));
        }
        Ok(())
    }

    /// Writes the pool's client as [`WriteTx::put_client`] does, with these secrets.
    ///
    /// # Errors
    /// As [`WriteTx::put_client`].
    pub(crate) fn put_client_with_secrets(
        &self,
        pool: &Pool,
        id: &ClientId,
        settings: UserPoolClientType,
        secrets: &ClientSecrets,
    ) -> Result<()> {
        let settings = UserPoolClientType {
            client_secret: secrets.shown().map(|secret| secret.value.clone()),
            ..settings
        };
        self.put_client(pool, id, &settings)?;
        let shown = secrets.shown().map(|secret| secret.created);
        let since = shown.filter(|since| Some(*since) != settings.creation_date);
        let second = secrets.second();
        self.write(
            "UPDATE app_clients SET secret_ms = ?3, second_secret = ?4, second_secret_ms = ?5 WHERE pool = ?1 AND client_id = ?2",
            (
                pool.row,
                id.as_str(),
                since.map(Timestamp::millis),
                second.map(|secret| secret.value.expose().as_str()),
                second.map(|secret| secret.created.millis()),
            ),
        )
    }

    /// Writes for how many minutes the pool's client reuses an SSO session.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has no such client.
    pub(crate) fn put_sso_session_minutes(
        &self,
        pool: &Pool,
        id: &ClientId,
        minutes: i64,
    ) -> Result<()> {
        let written = self.run(
            "UPDATE app_clients SET sso_session_minutes = ?3 WHERE pool = ?1 AND client_id = ?2",
            (pool.row, id.as_str(), minutes),
        )?;
        if written == 0 {
            return Err(ApiError::no_such_client(id));
        }
        Ok(())
    }

    /// Deletes the pool's client.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has none with this id.
    pub(crate) fn delete_client(&self, pool: &Pool, id: &ClientId) -> Result<()> {
        let deleted = self.run(
            "DELETE FROM app_clients WHERE pool = ?1 AND client_id = ?2",
            (pool.row, id.as_str()),
        )?;
        if deleted == 0 {
            return Err(ApiError::no_such_client(id));
        }
        Ok(())
    }
}

/// The secrets that a row has in the columns `settings`, `secret_ms`, `second_secret` and `second_secret_ms`.
///
/// # Errors
/// `InternalErrorException` when they contradict each other.
pub(in crate::store) fn secrets(row: Row<'_>) -> Result<ClientSecrets> {
    let settings: String = row.get("settings")?;
    let settings = decode(&settings)?;
    let since: Option<i64> = row.get("secret_ms")?;
    let since = since.map(Timestamp::from_millis).or(settings.creation_date);
    let shown = ClientSecrets::made_with_client(settings.client_secret, since);
    let second: Option<(String, i64)> = row
        .get::<Option<String>>("second_secret")?
        .zip(row.get("second_secret_ms")?);
    let second = second.map(|(value, created_ms)| ClientSecret {
        value: Sensitive::from(value),
        created: Timestamp::from_millis(created_ms),
    });
    if shown.shown().is_none() && second.is_some() {
        return Err(ApiError::internal("a public client has a second secret"));
    }
    let secrets = ClientSecrets::of(shown.iter().cloned().chain(second).collect());
    secrets.ok_or_else(|| ApiError::internal("the second secret is not the newer one"))
}

fn decode(settings: &str) -> Result<UserPoolClientType> {
    serde_json::from_str(settings)
        .map_err(|error| ApiError::internal(format_args!("settings of a client: {error}")))
}
