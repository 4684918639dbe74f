//! The terms documents of a pool's app clients, as `describe-terms` prints them.

use std::fmt::Display;

use serde_json::{Map, Value, json};

use super::document::{self, SeedDocument};
use super::kind::Kind;
use crate::api::{TermsType, UserPoolType, schema};
use crate::domain::pool::Pool;
use crate::domain::terms::Terms;
use crate::error::Result;
use crate::seed::members::{decode, members_of, unwrapped};
use crate::seed::refusal::Refusal;
use crate::store::ReadTx;

pub(super) const KIND: Kind<Pool> = Kind {
    list: "Terms",
    alone: None,
    noun: "terms document",
    read: |place, value, pool| Ok(Box::new(read(place, value, pool)?)),
    export,
    number: None,
};

fn read(
    place: &dyn Display,
    value: Value,
    pool: &UserPoolType,
) -> Result<SeedDocument<Terms>, Refusal> {
    let mut value = unwrapped("Terms", value);
    if let Some(members) = value.as_object_mut() {
        members
            .entry("UserPoolId")
            .or_insert_with(|| json!(pool.id));
    }
    let given: TermsType = decode(place, &schema::TERMS_TYPE, value)?;
    document::check_pool(place, Some(&given.user_pool_id), pool)?;
    let body = Terms {
        source: given.terms_source,
        enforcement: given.enforcement,
        links: given.links,
    };
    body.check().map_err(|error| Refusal::of(place, error))?;
    Ok(SeedDocument {
        key: format!("{} {}", given.terms_name, given.client_id.as_str()),
        id: Some(given.terms_id),
        client: Some(given.client_id),
        name: given.terms_name,
        body,
        created: Some(given.creation_date),
        modified: Some(given.last_modified_date),
    })
}

fn export(tx: &ReadTx<'_>, pool: &Pool) -> Result<Vec<Value>> {
    let all = document::all::<Terms>(tx, pool)?.into_iter();
    let shown = all.filter_map(|document| {
        let client = document.client.clone()?;
        Some(document.into_terms(pool, client))
    });
    shown
        .map(|shown| {
            let mut members: Map<String, Value> = members_of(&shown)?;
            members.remove("UserPoolId");
            Ok(Value::Object(members))
        })
        .collect()
}
