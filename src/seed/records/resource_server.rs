//! The resource servers of a pool, as `list-resource-servers` and `describe-resource-server` print them.

use std::fmt::Display;

use serde_json::{Value, json};

use super::kind::{Kind, Occasion, Record};
use crate::api::{ResourceServerType, UserPoolType, schema};
use crate::domain::pool::Pool;
use crate::domain::resource_server::{MAX_RESOURCE_SERVERS, ResourceServer};
use crate::error::Result;
use crate::seed::members::{decode, unwrapped};
use crate::seed::refusal::Refusal;
use crate::store::{ReadTx, WriteTx, Written};

pub(super) const KIND: Kind<Pool> = Kind {
    list: "ResourceServers",
    alone: Some("ResourceServer"),
    noun: "resource server",
    read: |place, value, pool| Ok(Box::new(read(place, value, pool)?)),
    export,
    number: None,
};

fn read(place: &dyn Display, value: Value, pool: &UserPoolType) -> Result<ResourceServer, Refusal> {
    let value = unwrapped("ResourceServer", value);
    let given: ResourceServerType = decode(place, &schema::RESOURCE_SERVER_TYPE, value)?;
    if given.user_pool_id.is_some() && given.user_pool_id != pool.id {
        return Err(Refusal::at(place, "UserPoolId is that of another pool"));
    }
    let missing = |name: &str| Refusal::at(place, format!("{name} is missing"));
    let server = ResourceServer {
        identifier: given.identifier.ok_or_else(|| missing("Identifier"))?,
        name: given.name.ok_or_else(|| missing("Name"))?,
        scopes: given.scopes.unwrap_or_default(),
    };
    let checked = server.check();
    checked.map_err(|error| Refusal::of(place, error))?;
    Ok(server)
}

impl Record<Pool> for ResourceServer {
    fn key(&self) -> &str {
        &self.identifier
    }

    fn put(&self, tx: &WriteTx<'_>, pool: &Pool, _: &Occasion<'_>) -> Result<Written> {
        match tx.find_resource_server(pool, &self.identifier)? {
            Some(before) if before == *self => Ok(Written::Unchanged),
            Some(_) => {
                tx.put_resource_server(pool, self)?;
                Ok(Written::Updated)
            }
            None => {
                tx.insert_resource_server(pool, self)?;
                Ok(Written::Created)
            }
        }
    }
}

fn export(tx: &ReadTx<'_>, pool: &Pool) -> Result<Vec<Value>> {
    let servers = tx.resource_servers(pool, None, MAX_RESOURCE_SERVERS)?.items;
    let shown = servers.into_iter().map(|server| ResourceServerType {
        user_pool_id: None,
        ..server.into_type(pool)
    });
    Ok(shown.map(|shown| json!(shown)).collect())
}
