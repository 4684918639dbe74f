//! The app clients of a pool, as `describe-user-pool-client` prints them.

use std::fmt::Display;

use serde_json::Value;

use super::client_secrets;
use super::kind::{Kind, Occasion, Record};
use super::sessions;
use crate::api::{Timestamp, UserPoolClientType, UserPoolType, schema};
use crate::domain::client::secrets::ClientSecrets;
use crate::domain::client::settings;
use crate::domain::pool::Pool;
use crate::domain::pool::schema_attributes;
use crate::error::Result;
use crate::ids::ClientId;
use crate::seed::members::{decode, members_of, unwrapped};
use crate::seed::refusal::Refusal;
use crate::store::{ReadTx, WriteTx, Written};

pub(super) const KIND: Kind<Pool> = Kind {
    list: "Clients",
    alone: Some("UserPoolClient"),
    noun: "client",
    read: |place, value, pool| Ok(Box::new(read(place, value, pool)?)),
    export,
    number: None,
};

/// Clients that are read from the registry at once.
const PAGE: u32 = 1000;

/// An app client of a seed.
struct SeedClient {
    id: ClientId,
    settings: UserPoolClientType,
    /// The secrets with their dates, if the seed lists them.
    secrets: Option<ClientSecrets>,
    /// For how many minutes it reuses an SSO session, if the seed says it.
    sso_minutes: Option<i64>,
}

fn read(place: &dyn Display, value: Value, pool: &UserPoolType) -> Result<SeedClient, Refusal> {
    let mut value = unwrapped("UserPoolClient", value);
    let mut take = |name| value.as_object_mut()?.remove(name);
    let (listed, sso_session) = (take(client_secrets::LIST), take(sessions::OF_CLIENT));
    let settings: UserPoolClientType = decode(place, &schema::USER_POOL_CLIENT_TYPE, value)?;
    if settings.user_pool_id.is_some() && settings.user_pool_id != pool.id {
        return Err(Refusal::at(place, "UserPoolId is that of another pool"));
    }
    let standard = schema_attributes::standard();
    let attributes = pool.schema_attributes.as_ref().unwrap_or(&standard);
    settings::check_given(&settings, attributes, "creating")
        .map_err(|error| Refusal::of(place, error))?;
    let id = settings.client_id.clone();
    let id = id.ok_or_else(|| Refusal::at(place, "ClientId is missing"))?;
    let shown = settings.client_secret.as_ref();
    let secrets = listed.map(|listed| client_secrets::read(place, listed, &id, shown));
    let sso_minutes = sso_session.map(|shown| sessions::read_of_client(place, shown));
    Ok(SeedClient {
        secrets: secrets.transpose()?,
        sso_minutes: sso_minutes.transpose()?,
        id,
        settings: UserPoolClientType {
            client_id: None,
            user_pool_id: None,
            ..settings
        },
    })
}

impl Record<Pool> for SeedClient {
    fn key(&self) -> &str {
        self.id.as_str()
    }

    fn put(&self, tx: &WriteTx<'_>, pool: &Pool, occasion: &Occasion<'_>) -> Result<Written> {
        let before = tx.find_client(pool, &self.id)?;
        let settings = self.settings_after(before.as_ref(), occasion.now);
        let (kept, minutes) = match &before {
            Some(_) => (
                tx.client_secrets(pool, &self.id)?,
                tx.sso_session_minutes(pool, &self.id)?,
            ),
            None => (ClientSecrets::default(), None),
        };
        let new_minutes = self.sso_minutes.filter(|given| minutes != Some(*given));
        let secrets = self.secrets_after(&kept, &settings);
        let written = match &before {
            Some(before) if *before == settings && kept == secrets && new_minutes.is_none() => {
                return Ok(Written::Unchanged);
            }
            Some(_) => Written::Updated,
            None => Written::Created,
        };
        tx.put_client_with_secrets(pool, &self.id, settings, &secrets)?;
        if let Some(minutes) = new_minutes {
            tx.put_sso_session_minutes(pool, &self.id, minutes)?;
        }
        Ok(written)
    }
}

impl SeedClient {
    /// The settings with the dates that the seed leaves open.
    fn settings_after(
        &self,
        before: Option<&UserPoolClientType>,
        now: Timestamp,
    ) -> UserPoolClientType {
        let mut settings = self.settings.clone();
        settings.creation_date = settings
            .creation_date
            .or(before.and_then(|before| before.creation_date))
            .or(Some(now));
        settings.last_modified_date = settings
            .last_modified_date
            .or(before.and_then(|before| before.last_modified_date))
            .or(settings.creation_date);
        settings
    }

    /// The secrets that go with the settings: those that the seed lists; without a list, those that are kept, if the seed names
    /// the one that is shown.
    fn secrets_after(&self, kept: &ClientSecrets, settings: &UserPoolClientType) -> ClientSecrets {
        if let Some(listed) = &self.secrets {
            return listed.clone();
        }
        let shown = kept.shown().map(|secret| &secret.value);
        if shown == settings.client_secret.as_ref() {
            return kept.clone();
        }
        let value = settings.client_secret.clone();
        ClientSecrets::made_with_client(value, settings.creation_date)
    }
}

fn export(tx: &ReadTx<'_>, pool: &Pool) -> Result<Vec<Value>> {
    let mut clients = Vec::new();
    let mut after = None;
    loop {
        let page = tx.clients(pool, None, after.as_ref().map(ClientId::as_str), PAGE)?;
        after = page.items.last().map(|(id, _)| id.clone());
        for (id, settings) in page.items {
            let secrets = client_secrets::export(tx, pool, &id, &settings)?;
            let sso_session = sessions::export_of_client(tx, pool, &id)?;
            let mut client = members_of(&UserPoolClientType {
                client_id: Some(id),
                ..settings
            })?;
            client.extend(secrets.map(|secrets| (client_secrets::LIST.to_owned(), secrets)));
            client.extend(sso_session.map(|shown| (sessions::OF_CLIENT.to_owned(), shown)));
            clients.push(Value::Object(client));
        }
        if !page.more {
            return Ok(clients);
        }
    }
}
