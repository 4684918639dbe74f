//! Large synthetic registries, the same for the same numbers.

use sha2::{Digest, Sha256};

use super::Summary;
use crate::api::{DeviceConfigurationType, Timestamp, UserPoolType, UserStatusType};
use crate::domain::device::{Attributes, Device, DeviceOwner};
use crate::domain::pool::Configuration;
use crate::domain::user::{UserRecord, derived_sub};
use crate::error::Result;
use crate::ids::{DeviceKey, UserPoolId, Username};
use crate::store::{Store, WriteTx};

/// Records that share a transaction.
const BATCH: u64 = 100_000;

/// What to generate.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) pool: UserPoolId,
    pub(crate) account: String,
    pub(crate) users: u64,
    pub(crate) devices_per_user: u64,
}

/// Fills the pool, creating it when missing, and tells `progress` after each batch how many users are done.
pub(crate) fn generate(
    store: &Store,
    plan: &Plan,
    now: Timestamp,
    mut progress: impl FnMut(u64),
) -> Result<Summary> {
    let mut summary = store.write_now({
        let plan = plan.clone();
        move |tx| put_pool(tx, &plan, now)
    })?;
    let batch = (BATCH / (plan.devices_per_user + 1)).max(1);
    let mut done = 0;
    while done < plan.users {
        let until = plan.users.min(done + batch);
        let (from, plan) = (done, plan.clone());
        let written = store.write_bulk(move |tx| put_users(tx, &plan, from..until, now))?;
        summary.add(written);
        done = until;
        progress(done);
    }
    Ok(summary)
}

/// The name of a generated user.
fn username(number: u64) -> String {
    format!("user-{number:08}")
}

/// The key of a generated device.
fn device_key(pool: &UserPoolId, user: u64, device: u64) -> DeviceKey {
    let hash = Sha256::digest(format!("{pool}/{user}/{device}"));
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(hash)
        .for_each(|(byte, hashed)| *byte = hashed);
    let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
    DeviceKey::from(format!("{}_{uuid}", pool.region()))
}

fn put_pool(tx: &WriteTx<'_>, plan: &Plan, now: Timestamp) -> Result<Summary> {
    let mut summary = Summary::default();
    if tx.find_pool(&plan.pool)?.is_none() {
        let settings = UserPoolType {
            id: Some(plan.pool.clone()),
            name: Some("Generated".to_owned()),
            creation_date: Some(now),
            last_modified_date: Some(now),
            device_configuration: Some(DeviceConfigurationType {
                challenge_required_on_new_device: Some(true),
                device_only_remembered_on_user_prompt: Some(true),
            }),
            ..UserPoolType::default()
        };
        tx.put_pool(&plan.pool, &plan.account, &settings)?;
        summary.created += 1;
    }
    Ok(summary)
}

fn put_users(
    tx: &WriteTx<'_>,
    plan: &Plan,
    numbers: std::ops::Range<u64>,
    now: Timestamp,
) -> Result<Summary> {
    let mut summary = Summary::default();
    let pool = tx.pool(&plan.pool)?;
    let configuration: &Configuration = pool.configuration()?;
    for number in numbers {
        let user = user(&plan.pool, number, now);
        let added = tx.add_user(&pool, configuration, &user)?;
        summary.count_added(added.is_some());
        let owner = DeviceOwner::named(&pool, configuration, &user.username);
        for device_number in 0..plan.devices_per_user {
            let device = device(&plan.pool, number, device_number, now);
            summary.count_added(tx.add_device(&owner, &device, None)?);
        }
    }
    Ok(summary)
}

fn user(pool: &UserPoolId, number: u64, now: Timestamp) -> UserRecord {
    let name = username(number);
    let email = format!("{name}@example.com");
    let username = Username::from(name);
    UserRecord {
        sub: derived_sub(pool, &username),
        username,
        enabled: true,
        status: UserStatusType::Confirmed,
        created: now,
        modified: now,
        attributes: [
            ("email".to_owned(), email),
            ("email_verified".to_owned(), "true".to_owned()),
        ]
        .into(),
    }
}

/// Every third device is tracked but not remembered; addresses come from the ranges for documentation (RFC 5737).
fn device(pool: &UserPoolId, user: u64, number: u64, now: Timestamp) -> Device {
    Device {
        key: device_key(pool, user, number),
        confirmed: true,
        remembered: (user + number) % 3 != 2,
        created: now,
        modified: now,
        authenticated: now.whole_seconds(),
        attributes: Attributes {
            status: Some("valid".to_owned()),
            name: Some(format!("Device {number} of user {user}")),
            last_ip: Some(format!("198.51.100.{}", user % 254 + 1)),
            sdk: Some("aws-sdk".to_owned()),
        },
    }
}
