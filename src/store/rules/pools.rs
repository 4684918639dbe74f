//! Pools and their app clients.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Fault, Judgement, KnownPool, Rule, check_date, first, violation};
use crate::api::{ClientTypeType, UserPoolClientType, UserPoolType, schema};
use crate::auth::certificate;
use crate::auth::signing_key::SigningKey;
use crate::domain::client::settings;
use crate::domain::mfa::MfaConfig;
use crate::domain::pool::Configuration;
use crate::domain::pool::schema_attributes;
use crate::error::Result;
use crate::ids::{AccountId, UserPoolId};
use crate::store::tables::{configuration, secrets};
use crate::store::tx::{ReadTx, Row};

pub(super) const ID_AND_ACCOUNT: Rule = Rule {
    table: "pools",
    rows: "SELECT row, row AS pool, id, account FROM pools",
    fault: Fault::Alone(|row| {
        let (id, account): (String, String) = (row.get(2)?, row.get(3)?);
        let is_account = AccountId::parse(&account).is_some();
        Ok(violation(&schema::USER_POOL_TYPE, json!({"Id": id}))
            .or_else(|| (!is_account).then(|| format!("the account '{account}' is none"))))
    }),
};

pub(super) const SETTINGS: Rule = Rule {
    table: "pools",
    rows: "SELECT row, row AS pool, settings FROM pools",
    fault: Fault::Alone(|row| {
        let text: String = row.get(2)?;
        Ok(settings(&text).and_then(|it| Configuration::of(&it)).err())
    }),
};

/// What operations look at is what the settings say.
pub(super) const EXTRACT: Rule = Rule {
    table: "pools",
    rows: "SELECT row, row AS pool, case_sensitive, alias_attributes, username_attributes, challenge_required_on_new_device,
                  device_only_remembered_on_user_prompt, threat_protection FROM pools",
    fault: Fault::InPool(|pool, row| {
        let extract = configuration(row);
        Ok((extract.as_ref() != Ok(&pool.configuration))
            .then(|| "the columns taken out of settings are not what settings say".to_owned()))
    }),
};

pub(super) const FACTORS: Rule = Rule {
    table: "pools",
    rows: "SELECT row, row AS pool, factors FROM pools",
    fault: Fault::Alone(|row| {
        let text: String = row.get(2)?;
        Ok(decode::<MfaConfig>("factors", &text).err())
    }),
};

pub(super) const CLIENT: Rule = Rule {
    table: "app_clients",
    rows: "SELECT row, pool, client_id, client_type, settings FROM app_clients",
    fault: Fault::InPool(|pool, row| first([client_id(row), client_settings(pool, row)])),
};

pub(super) const CLIENT_SECRETS: Rule = Rule {
    table: "app_clients",
    rows: "SELECT row, pool, settings, secret_ms, second_secret, second_secret_ms FROM app_clients
           WHERE second_secret IS NOT NULL",
    fault: Fault::Alone(|row| {
        let secrets = secrets(row)?;
        let value = secrets.second().map(|second| second.value.clone());
        let unfit = violation(
            &schema::CLIENT_SECRET_DESCRIPTOR_TYPE,
            json!({"ClientSecretValue": value}),
        );
        first([Ok(unfit), check_date(row, "second_secret_ms")])
    }),
};

pub(super) const SIGNING_CERTIFICATE: Rule = Rule {
    table: "signing_certificates",
    rows: "SELECT pool AS row, pool, key, certificate, created_ms FROM signing_certificates",
    fault: Fault::Alone(|row| {
        let (key, certificate): (Vec<u8>, Vec<u8>) = (row.get("key")?, row.get("certificate")?);
        let key = SigningKey::from_pkcs8(&key);
        let fits = key.is_ok_and(|key| certificate::is_of(&certificate, &key));
        let unfit = (!fits).then(|| "the certificate is not that of the key".to_owned());
        first([Ok(unfit), check_date(row, "created_ms")])
    }),
};

fn client_id(row: Row<'_>) -> Judgement {
    let id: String = row.get("client_id")?;
    Ok(violation(
        &schema::USER_POOL_CLIENT_TYPE,
        json!({"ClientId": id}),
    ))
}

fn client_settings(pool: &KnownPool, row: Row<'_>) -> Judgement {
    let (text, kept_type): (String, String) = (row.get("settings")?, row.get("client_type")?);
    let settings: UserPoolClientType = match decode("settings", &text) {
        Ok(settings) => settings,
        Err(why) => return Ok(Some(why)),
    };
    let of_type = settings.client_type.unwrap_or(ClientTypeType::Regular);
    if of_type.as_str() != kept_type {
        let why = "the column taken out of settings is not what settings say";
        return Ok(Some(why.to_owned()));
    }
    let checked = settings::check(&settings, &pool.attributes, "keeping");
    Ok(checked
        .err()
        .map(|error| error.message.unwrap_or_default().into_owned())
        .or_else(|| violation(&schema::USER_POOL_CLIENT_TYPE, json_of(&text))))
}

/// The ids of all pools, by row.
pub(super) fn ids(tx: &ReadTx<'_>) -> Result<HashMap<i64, String>> {
    let ids = tx.all("SELECT row, id FROM pools", (), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(ids.into_iter().collect())
}

/// The pools whose settings hold together, by row.
pub(super) fn known(tx: &ReadTx<'_>) -> Result<HashMap<i64, KnownPool>> {
    let rows: Vec<(i64, String, String)> =
        tx.all("SELECT row, id, settings FROM pools", (), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let known = rows.into_iter().filter_map(|(row, id, text)| {
        let settings = settings(&text).ok()?;
        let pool = KnownPool {
            id: UserPoolId::from(id),
            configuration: Configuration::of(&settings).ok()?,
            attributes: settings
                .schema_attributes
                .unwrap_or_else(schema_attributes::standard),
        };
        Some((row, pool))
    });
    Ok(known.collect())
}

/// A pool's settings, held against the model but for the schema's attributes: the model limits the names that requests give,
/// not those that are shown.
fn settings(text: &str) -> Result<UserPoolType, String> {
    let settings = decode("settings", text)?;
    let mut value = json_of(text);
    if let Some(members) = value.as_object_mut() {
        members.remove("SchemaAttributes");
    }
    violation(&schema::USER_POOL_TYPE, value).map_or(Ok(settings), Err)
}

fn decode<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("{column}: {error}"))
}

/// The text as JSON; null if it is not JSON, which the decoding reports.
fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
