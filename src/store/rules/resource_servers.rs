//! Resource servers of pools.

use serde_json::json;

use super::{Fault, Rule, first, violation};
use crate::api::{ResourceServerType, schema};
use crate::store::tables::resource_server;

/// The columns that a resource server is read from come first.
pub(super) const RECORD: Rule = Rule {
    table: "resource_servers",
    rows: "SELECT identifier, name, scopes, identifier AS row, pool FROM resource_servers",
    fault: Fault::Alone(|row| {
        let found = resource_server(row)?;
        let repeated = found.check().err().and_then(|error| error.message);
        let shown = ResourceServerType {
            identifier: Some(found.identifier),
            managed_by: None,
            name: Some(found.name),
            scopes: Some(found.scopes),
            user_pool_id: None,
        };
        first([
            Ok(violation(&schema::RESOURCE_SERVER_TYPE, json!(shown))),
            Ok(repeated.map(std::borrow::Cow::into_owned)),
        ])
    }),
};
