//! The styles of managed login, as `describe-managed-login-branding-by-client` prints them, with the client that each is of.

use std::fmt::Display;

use serde_json::{Value, json};

use super::document::{self, SeedDocument};
use super::kind::Kind;
use crate::api::{ManagedLoginBrandingType, UserPoolType, schema};
use crate::domain::branding::{GivenStyle, Style};
use crate::domain::pool::Pool;
use crate::error::Result;
use crate::ids::ClientId;
use crate::seed::members::{decode, members_of, take_text, unwrapped};
use crate::seed::refusal::Refusal;
use crate::store::ReadTx;

pub(super) const KIND: Kind<Pool> = Kind {
    list: "ManagedLoginBrandings",
    alone: None,
    noun: "style",
    read: |place, value, pool| Ok(Box::new(read(place, value, pool)?)),
    export,
    number: None,
};

/// The member that names the client, which AWS's answers lack.
const CLIENT: &str = "ClientId";

fn read(
    place: &dyn Display,
    value: Value,
    pool: &UserPoolType,
) -> Result<SeedDocument<Style>, Refusal> {
    let mut value = unwrapped("ManagedLoginBranding", value);
    let client = match value.as_object_mut() {
        Some(members) => take_text(place, members, CLIENT)?,
        None => None,
    };
    let client = client.ok_or_else(|| Refusal::at(place, "ClientId is missing"))?;
    let given: ManagedLoginBrandingType =
        decode(place, &schema::MANAGED_LOGIN_BRANDING_TYPE, value)?;
    document::check_pool(place, given.user_pool_id.as_ref(), pool)?;
    let style = GivenStyle {
        use_cognito_provided_values: given.use_cognito_provided_values,
        settings: given.settings,
        assets: given.assets.unwrap_or_default(),
    };
    let body = style
        .over(None)
        .map_err(|error| Refusal::of(place, error))?;
    Ok(SeedDocument {
        key: client.clone(),
        id: given.managed_login_branding_id,
        client: Some(ClientId::from(client)),
        name: String::new(),
        body,
        created: given.creation_date,
        modified: given.last_modified_date,
    })
}

fn export(tx: &ReadTx<'_>, pool: &Pool) -> Result<Vec<Value>> {
    let all = document::all::<Style>(tx, pool)?.into_iter();
    all.map(|document| {
        let client = json!(document.client);
        let mut members = members_of(&ManagedLoginBrandingType {
            user_pool_id: None,
            ..document.into_branding(pool, false)?
        })?;
        members.insert(CLIENT.to_owned(), client);
        Ok(Value::Object(members))
    })
    .collect()
}
