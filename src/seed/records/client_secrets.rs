//! The secrets of an app client, as `list-user-pool-client-secrets` prints them, with their values.

use std::fmt::Display;

use serde_json::{Value, json};

use crate::api::{ClientSecretDescriptorType, Sensitive, UserPoolClientType, schema};
use crate::domain::client::secrets::{ClientSecret, ClientSecrets};
use crate::domain::pool::Pool;
use crate::error::Result;
use crate::ids::ClientId;
use crate::seed::members::decode;
use crate::seed::refusal::Refusal;
use crate::store::ReadTx;

/// The member of a client that lists its secrets.
pub(super) const LIST: &str = "ClientSecrets";

/// Reads the list. The older of its secrets is the one that the client shows as `ClientSecret`.
pub(super) fn read(
    place: &dyn Display,
    list: Value,
    client: &ClientId,
    shown: Option<&Sensitive<String>>,
) -> Result<ClientSecrets, Refusal> {
    let place = format!("{place}.{LIST}");
    let Value::Array(values) = list else {
        return Err(Refusal::at(place, "a list is expected here"));
    };
    let secrets = values
        .into_iter()
        .map(|value| secret(&place, value, client));
    let secrets = ClientSecrets::of(secrets.collect::<Result<_, _>>()?);
    let secrets = secrets.ok_or_else(|| {
        Refusal::at(
            &place,
            "at most two secrets are expected, the older one first",
        )
    })?;
    if secrets.shown().map(|secret| &secret.value) == shown {
        Ok(secrets)
    } else {
        Err(Refusal::at(
            place,
            "the first secret is not the client's ClientSecret",
        ))
    }
}

fn secret(place: &dyn Display, value: Value, client: &ClientId) -> Result<ClientSecret, Refusal> {
    let shown: ClientSecretDescriptorType =
        decode(place, &schema::CLIENT_SECRET_DESCRIPTOR_TYPE, value)?;
    let missing = |name: &str| Refusal::at(place, format!("{name} is missing"));
    let secret = ClientSecret {
        value: shown
            .client_secret_value
            .ok_or_else(|| missing("ClientSecretValue"))?,
        created: shown
            .client_secret_create_date
            .ok_or_else(|| missing("ClientSecretCreateDate"))?,
    };
    let id = secret.descriptor(client).client_secret_id;
    if shown.client_secret_id.is_some() && shown.client_secret_id != id {
        return Err(Refusal::at(
            place,
            "ClientSecretId does not follow from the client and the date",
        ));
    }
    Ok(secret)
}

/// The secrets of a client that has these settings, as a seed lists them. Returns `None` if the settings tell everything about
/// them.
pub(super) fn export(
    tx: &ReadTx<'_>,
    pool: &Pool,
    client: &ClientId,
    settings: &UserPoolClientType,
) -> Result<Option<Value>> {
    if settings.client_secret.is_none() {
        return Ok(None);
    }
    let secrets = tx.client_secrets(pool, client)?;
    let since = secrets.shown().map(|secret| secret.created);
    if secrets.second().is_none() && since == settings.creation_date {
        return Ok(None);
    }
    let with_values = secrets.iter().map(|secret| ClientSecretDescriptorType {
        client_secret_value: Some(secret.value.clone()),
        ..secret.descriptor(client)
    });
    Ok(Some(json!(with_values.collect::<Vec<_>>())))
}
