//! What signing in keeps.

use serde_json::json;

use super::{Fault, Rule, check_count, check_date, check_flag, check_length, first, violation};
use crate::api::schema;
use crate::auth::signing_key::SigningKey;
use crate::domain::scopes::Scopes;

/// The ids of key pairs follow from the pairs.
pub(super) const POOL_KEYS: Rule = Rule {
    table: "pool_keys",
    rows: "SELECT pool AS row, pool, seal, id_kid, id_key, access_kid, access_key FROM pool_keys",
    fault: Fault::Alone(|row| {
        let pair = |kid: &str, key: &str| {
            let (kid, key): (String, Vec<u8>) = (row.get(kid)?, row.get(key)?);
            let known = SigningKey::from_pkcs8(&key).is_ok_and(|key| key.kid() == kid);
            Ok((!known).then(|| format!("the key pair '{kid}' is not what its id says")))
        };
        first([
            check_length::<32>(row, "seal"),
            pair("id_kid", "id_key"),
            pair("access_kid", "access_key"),
        ])
    }),
};

pub(super) const USED_SESSION: Rule = Rule {
    table: "used_sessions",
    rows: "SELECT row_number() OVER (ORDER BY id) AS row, 0 AS pool, id, expires_ms FROM used_sessions",
    fault: Fault::Alone(|row| {
        first([check_length::<16>(row, "id"), check_date(row, "expires_ms")])
    }),
};

pub(super) const WRONG_CODES: Rule = Rule {
    table: "wrong_codes",
    rows: "SELECT row_number() OVER (ORDER BY session) AS row, 0 AS pool, session, count, expires_ms FROM wrong_codes",
    fault: Fault::Alone(|row| {
        first([
            check_length::<16>(row, "session"),
            check_count(row, "count"),
            check_date(row, "expires_ms"),
        ])
    }),
};

pub(super) const FAILED_ATTEMPTS: Rule = Rule {
    table: "failed_attempts",
    rows: "SELECT row_number() OVER (ORDER BY name) AS row, 0 AS pool, name, failures, last_ms FROM failed_attempts",
    fault: Fault::Alone(|row| {
        first([
            check_length::<32>(row, "name"),
            check_count(row, "failures"),
            check_date(row, "last_ms"),
        ])
    }),
};

pub(super) const DEVICE_CHALLENGE: Rule = Rule {
    table: "device_challenges",
    rows: "SELECT c.device_key AS row, c.pool, session, expires_ms, app_clients.pool AS of_client FROM device_challenges c
           JOIN app_clients ON app_clients.row = c.client",
    fault: Fault::Alone(|row| {
        let (pool, of_client): (i64, i64) = (row.get("pool")?, row.get("of_client")?);
        let elsewhere = (pool != of_client).then(|| "the client is another pool's".to_owned());
        first([Ok(elsewhere), check_length::<16>(row, "session"), check_date(row, "expires_ms")])
    }),
};

pub(super) const SIGN_IN: Rule = Rule {
    table: "sign_ins",
    rows: "SELECT sign_ins.row, users.pool, app_clients.pool AS of_client, device_key, auth_time_s, expires_ms, revoked,
               scopes
           FROM sign_ins JOIN users ON users.row = sign_ins.user_row JOIN app_clients ON app_clients.row = sign_ins.client",
    fault: Fault::Alone(|row| {
        let (pool, of_client): (i64, i64) = (row.get("pool")?, row.get("of_client")?);
        let elsewhere = (pool != of_client).then(|| "the client is another pool's".to_owned());
        let device: Option<String> = row.get("device_key")?;
        let scopes: Option<String> = row.get("scopes")?;
        let scopes = scopes.filter(|scopes| Scopes::parse(scopes).claim() != scopes.as_str());
        let unclear = scopes.map(|scopes| format!("the scopes '{scopes}' are not a list"));
        let no_key = device.and_then(|key| violation(&schema::DEVICE_TYPE, json!({"DeviceKey": key})));
        first([
            Ok(elsewhere),
            Ok(no_key),
            Ok(unclear),
            check_date(row, "auth_time_s"),
            check_date(row, "expires_ms"),
            check_flag(row, "revoked"),
        ])
    }),
};

pub(super) const REFRESH_TOKEN: Rule = Rule {
    table: "refresh_tokens",
    rows: "SELECT sign_ins.row, users.pool, hash, coalesce(replaced_ms, 0) AS replaced_ms FROM refresh_tokens
           JOIN sign_ins ON sign_ins.row = refresh_tokens.sign_in JOIN users ON users.row = sign_ins.user_row",
    fault: Fault::Alone(|row| first([check_length::<32>(row, "hash"), check_date(row, "replaced_ms")])),
};
