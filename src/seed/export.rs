//! Exporting: the registry as a seed. A line for each user, so that two exports compare well, and never more than one page
//! of users in memory.

use std::fmt::Display;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::api::{AttributeType, DeviceType, Sensitive, UserPoolClientType, UserType};
use crate::domain::device::{Device, attribute, remembered_status};
use crate::domain::mfa::Factors;
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::figures::Holdings;
use crate::ids::ClientId;
use crate::store::{DeviceSecret, KeptPassword, ReadTx, Store};

/// Users that are read at once.
const PAGE: u32 = 1000;

/// Writes the whole registry, as it stands at one moment; the keys of pools only `with_keys`. `tell` hears how far it has come.
///
/// # Errors
/// When the store or the output fails.
pub(crate) fn export(
    store: &Store,
    with_keys: bool,
    output: &mut impl Write,
    tell: impl Fn(&dyn Display),
) -> Result<Holdings> {
    store.read_now(|tx| {
        let failed = |error: io::Error| ApiError::internal(error);
        let all = tx.count_users()?;
        let mut exported = Holdings::default();
        write!(output, "{{\"UserPools\": [").map_err(failed)?;
        for (index, id) in tx.pool_ids()?.into_iter().enumerate() {
            let pool = tx.pool(&id)?;
            let separator = if index == 0 { "" } else { "," };
            let head = head(tx, &pool, with_keys)?.to_string();
            // The object stays open for its users.
            let head = head.strip_suffix('}').unwrap_or(&head);
            write!(output, "{separator}\n{head},\n \"Users\": [").map_err(failed)?;
            exported.pools += 1;
            export_users(tx, &pool, output, &mut exported, |exported| {
                let percent = exported.users * 100 / all.max(1);
                tell(&format_args!("{percent:>3} %  {exported}"));
            })?;
            write!(output, "]}}").map_err(failed)?;
        }
        writeln!(output, "]}}")
            .and_then(|()| output.flush())
            .map_err(failed)?;
        Ok(exported)
    })
}

/// Everything of a pool but its users.
fn head(tx: &ReadTx<'_>, pool: &Pool, with_keys: bool) -> Result<Value> {
    let settings = tx.pool_settings(pool)?;
    let factors = tx.pool_factors(pool)?;
    let clients = all_clients(tx, pool)?;
    let members = [
        ("Account", Some(json!(pool.account.as_str()))),
        ("UserPool", Some(json!(settings))),
        (
            "MfaConfig",
            (factors != Factors::default()).then(|| json!(factors.shown(settings))),
        ),
        ("Keys", if with_keys { keys(tx, pool)? } else { None }),
        ("Clients", (!clients.is_empty()).then(|| json!(clients))),
    ];
    Ok(members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect())
}

/// What seals the pool's sessions and signs its tokens, if it has come to that yet.
fn keys(tx: &ReadTx<'_>, pool: &Pool) -> Result<Option<Value>> {
    let Some(kept) = tx.find_pool_keys(pool)? else {
        return Ok(None);
    };
    let pair = |kid: &str| {
        let key = tx.signing_key(pool, kid)?;
        Ok::<_, ApiError>(STANDARD.encode(key.pkcs8().as_slice()))
    };
    Ok(Some(json!({
        "Seal": STANDARD.encode(kept.seal.as_bytes()),
        "IdTokenKey": pair(&kept.id_kid)?,
        "AccessTokenKey": pair(&kept.access_kid)?,
    })))
}

fn all_clients(tx: &ReadTx<'_>, pool: &Pool) -> Result<Vec<UserPoolClientType>> {
    let mut clients = Vec::new();
    let mut after = None;
    loop {
        let found = tx.clients(pool, None, after.as_ref().map(ClientId::as_str), PAGE)?;
        after = found.clients.last().map(|(id, _)| id.clone());
        let settings = found
            .clients
            .into_iter()
            .map(|(id, settings)| UserPoolClientType {
                client_id: Some(id),
                ..settings
            });
        clients.extend(settings);
        if !found.more {
            return Ok(clients);
        }
    }
}

fn export_users(
    tx: &ReadTx<'_>,
    pool: &Pool,
    output: &mut impl Write,
    exported: &mut Holdings,
    tell: impl Fn(&Holdings),
) -> Result<()> {
    let mut after = 0;
    let mut separator = "";
    loop {
        let users = tx.users_after(pool, after, PAGE)?;
        let Some((last, _)) = users.last() else {
            return Ok(());
        };
        after = last.row;
        for (User { row, owner, .. }, user) in users {
            let secrets = tx.device_secrets(&owner)?;
            let devices = tx
                .all_devices(&owner)?
                .into_iter()
                .map(|kept| {
                    let secret = secrets.get(kept.key.as_str());
                    device(kept, secret)
                })
                .collect::<Result<Vec<_>>>()?;
            exported.users += 1;
            exported.devices += u64::try_from(devices.len()).unwrap_or_default();
            let password = tx.find_password(row)?;
            // A verifier proves nothing by another name than the one that it was made with.
            let name = match &password {
                Some(password) => password.name(&user.username).clone(),
                None => user.spelled.clone(),
            };
            let shown = UserType {
                username: Some(name),
                ..user.into_user_type()
            };
            let mut value = serde_json::to_value(shown).map_err(ApiError::internal)?;
            if let (Value::Object(members), false) = (&mut value, devices.is_empty()) {
                members.insert("Devices".to_owned(), Value::Array(devices));
            }
            if let (Value::Object(members), Some(password)) = (&mut value, password) {
                members.extend(password_members(&password)?);
            }
            write!(output, "{separator}\n  {value}").map_err(ApiError::internal)?;
            separator = ",";
        }
        tell(exported);
    }
}

/// What stands for a password: enough to apply it again, and nothing of the password itself.
fn password_members(password: &KeptPassword) -> Result<Vec<(String, Value)>> {
    let verifier = STANDARD.encode(password.verifier.value().expose().as_slice());
    let salt = STANDARD.encode(password.verifier.salt());
    let mut members = vec![
        ("PasswordVerifier".to_owned(), Value::String(verifier)),
        ("Salt".to_owned(), Value::String(salt)),
    ];
    if password.temporary {
        let set = serde_json::to_value(password.set).map_err(ApiError::internal)?;
        members.push(("TemporaryPasswordSetDate".to_owned(), set));
    }
    Ok(members)
}

fn device(device: Device, secret: Option<&DeviceSecret>) -> Result<Value> {
    let remembered = attribute_type(
        attribute::REMEMBERED_STATUS,
        remembered_status(device.remembered).to_owned(),
    );
    let kept = device
        .attributes
        .iter()
        .map(|(name, value)| attribute_type(name, value.to_owned()));
    let shown = DeviceType {
        device_attributes: Some(kept.chain([remembered]).collect()),
        device_create_date: Some(device.created),
        device_key: Some(device.key),
        device_last_authenticated_date: Some(device.authenticated),
        device_last_modified_date: Some(device.modified),
    };
    let mut value = serde_json::to_value(shown).map_err(ApiError::internal)?;
    if let (Value::Object(members), false) = (&mut value, device.confirmed) {
        members.insert("Confirmed".to_owned(), Value::Bool(false));
    }
    if let (Value::Object(members), Some(secret)) = (&mut value, secret) {
        let group_key = Value::String(secret.group_key.clone());
        members.insert("DeviceGroupKey".to_owned(), group_key);
        if let Some(verifier) = &secret.verifier {
            let (salt, value) = verifier.to_device();
            let config = json!({"PasswordVerifier": value.expose(), "Salt": salt});
            members.insert("DeviceSecretVerifierConfig".to_owned(), config);
        }
    }
    Ok(value)
}

fn attribute_type(name: &str, value: String) -> AttributeType {
    AttributeType {
        name: name.to_owned(),
        value: Some(Sensitive::from(value)),
    }
}
