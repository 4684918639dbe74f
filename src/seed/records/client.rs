//! The app clients of a pool, as `describe-user-pool-client` prints them.

use std::fmt::Display;

use serde_json::{Value, json};

use super::kind::{Kind, Record};
use crate::api::{Timestamp, UserPoolClientType, UserPoolType, schema};
use crate::domain::client::settings;
use crate::domain::pool::Pool;
use crate::domain::pool::schema_attributes;
use crate::error::Result;
use crate::ids::ClientId;
use crate::seed::members::{decode, unwrapped};
use crate::seed::refusal::Refusal;
use crate::store::{ReadTx, WriteTx, Written};

pub(super) const KIND: Kind<Pool> = Kind {
    list: "Clients",
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
}

fn read(place: &dyn Display, value: Value, pool: &UserPoolType) -> Result<SeedClient, Refusal> {
    let value = unwrapped("UserPoolClient", value);
    let settings: UserPoolClientType = decode(place, &schema::USER_POOL_CLIENT_TYPE, value)?;
    if settings.user_pool_id.is_some() && settings.user_pool_id != pool.id {
        return Err(Refusal::at(place, "UserPoolId is that of another pool"));
    }
    let standard = schema_attributes::standard();
    let attributes = pool.schema_attributes.as_ref().unwrap_or(&standard);
    settings::check_given(&settings, attributes, "creating")
        .map_err(|error| Refusal::of(place, error))?;
    let id = settings.client_id.clone();
    Ok(SeedClient {
        id: id.ok_or_else(|| Refusal::at(place, "ClientId is missing"))?,
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

    fn put(&self, tx: &WriteTx<'_>, pool: &Pool, now: Timestamp) -> Result<Written> {
        let before = tx.find_client(pool, &self.id)?;
        let settings = self.settings_after(before.as_ref(), now);
        let written = match &before {
            Some(before) if *before == settings => return Ok(Written::Unchanged),
            Some(_) => Written::Updated,
            None => Written::Created,
        };
        tx.put_client(pool, &self.id, &settings)?;
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
}

fn export(tx: &ReadTx<'_>, pool: &Pool) -> Result<Vec<Value>> {
    let mut clients = Vec::new();
    let mut after = None;
    loop {
        let page = tx.clients(pool, None, after.as_ref().map(ClientId::as_str), PAGE)?;
        after = page.items.last().map(|(id, _)| id.clone());
        clients.extend(page.items.into_iter().map(|(id, settings)| {
            json!(UserPoolClientType {
                client_id: Some(id),
                ..settings
            })
        }));
        if !page.more {
            return Ok(clients);
        }
    }
}
