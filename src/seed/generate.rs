//! Large synthetic registries, the same for the same numbers.

use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::passwords::on_all_processors;
use super::report::Summary;
use crate::api::{
    DeviceConfigurationType, ExplicitAuthFlowsType, Sensitive, Timestamp, UserPoolClientType,
    UserPoolType, UserStatusType,
};
use crate::auth::srp::{Identity, Verifier};
use crate::domain::device::{Attributes, Device, DeviceOwner};
use crate::domain::pool::{Configuration, Pool};
use crate::domain::user::password::PasswordPolicy;
use crate::domain::user::{UserRecord, derived_sub};
use crate::error::Result;
use crate::figures::Count;
use crate::ids::{AccountId, ClientId, DeviceKey, UserPoolId, Username};
use crate::store::{DeviceSecret, KeptPassword, ReadTx, Store, WriteTx};

/// Records that share a transaction.
const BATCH: u64 = 100_000;

/// Records with passwords that share a transaction: each takes about a millisecond of a processor, and progress is shown after
/// each transaction.
const BATCH_WITH_PASSWORDS: u64 = 1_000;

/// The most users and devices together: some 30 GB on disk. With fewer users, eight digits are enough for their names.
const MAX_RECORDS: u64 = 100_000_000;

/// The most devices of one user. A user and the user's devices are written in one transaction.
const MAX_DEVICES_PER_USER: u64 = 1_000;

/// What to generate.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) pool: UserPoolId,
    pub(crate) account: AccountId,
    pub(crate) users: u64,
    pub(crate) devices_per_user: u64,
    /// What the users sign in with; without it nobody can.
    pub(crate) credentials: Option<Credentials>,
}

impl Plan {
    /// Checks that the numbers are within bounds.
    ///
    /// # Errors
    /// Which number is not, in words for the operator.
    pub(crate) fn check(&self) -> Result<(), String> {
        let (users, devices) = (self.users, self.devices_per_user);
        if devices > MAX_DEVICES_PER_USER {
            return Err(format!(
                "--devices-per-user: a user has at most {} devices, and {} are asked for",
                Count(MAX_DEVICES_PER_USER),
                Count(devices)
            ));
        }
        let records = users.saturating_mul(devices + 1);
        if records > MAX_RECORDS {
            return Err(format!(
                "--users: at most {} users and devices are generated, and {} are asked for",
                Count(MAX_RECORDS),
                Count(records)
            ));
        }
        Ok(())
    }
}

/// What generated users sign in with.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    /// The password of each user, and of each device.
    pub(crate) password: Sensitive<String>,
    /// The app client that they sign in through, created if it does not exist.
    pub(crate) client: ClientId,
}

/// Fills the pool, which is created if it does not exist; `progress` hears after each batch how many users are done.
///
/// # Errors
/// `InvalidPasswordException` when the pool's policy does not allow the password; `InvalidParameterException` when another pool
/// has the client.
pub(crate) fn generate(
    store: &Store,
    plan: &Plan,
    now: Timestamp,
    mut progress: impl FnMut(u64),
) -> Result<Summary> {
    let plan = Arc::new(plan.clone());
    let mut summary = store.write_now({
        let plan = Arc::clone(&plan);
        move |tx| put_pool(tx, &plan, now)
    })?;
    let records = if plan.credentials.is_some() {
        BATCH_WITH_PASSWORDS
    } else {
        BATCH
    };
    let batch = (records / (plan.devices_per_user + 1)).max(1);
    let mut done = 0;
    while done < plan.users {
        let until = plan.users.min(done + batch);
        let secrets = Secrets::of(store, &plan, done..until, now)?;
        let plan = Arc::clone(&plan);
        let written = store.write_bulk(move |tx| put_users(tx, &plan, secrets, now))?;
        summary.add(written);
        done = until;
        progress(done);
    }
    Ok(summary)
}

/// A generated user, with the verifiers of those of the user's records that do not exist yet.
struct Secrets {
    number: u64,
    password: Option<KeptPassword>,
    devices: Vec<Option<DeviceSecret>>,
}

impl Secrets {
    /// The verifiers of the users with these numbers, computed on all processors; none if the plan has no password.
    fn of(store: &Store, plan: &Plan, numbers: Range<u64>, now: Timestamp) -> Result<Vec<Self>> {
        let Some(credentials) = &plan.credentials else {
            let none = |number| Self {
                number,
                password: None,
                devices: Vec::new(),
            };
            return Ok(numbers.map(none).collect());
        };
        let wanted = store.read_now(|tx| {
            let pool = tx.pool(&plan.pool)?;
            let missing = numbers.map(|number| Missing::of(tx, &pool, plan, number));
            missing.collect::<Result<Vec<_>>>()
        })?;
        let password = credentials.password.expose();
        on_all_processors(wanted, |missing| missing.secrets(plan, password, now))
    }
}

/// Which records of a generated user do not exist yet.
struct Missing {
    number: u64,
    user: bool,
    devices: Vec<bool>,
}

impl Missing {
    fn of(tx: &ReadTx<'_>, pool: &Pool, plan: &Plan, number: u64) -> Result<Self> {
        let configuration = pool.configuration()?;
        let name = Username::from(username(number));
        let owner = DeviceOwner::of_username(pool, configuration, &name);
        let user = tx.find_user_record(pool, configuration, &name)?.is_none();
        let devices = (0..plan.devices_per_user).map(|device| {
            let key = device_key(&plan.pool, number, device);
            tx.find_sign_in_device(&owner, &key)
                .map(|found| found.is_none())
        });
        Ok(Self {
            number,
            user,
            devices: devices.collect::<Result<_>>()?,
        })
    }

    fn secrets(self, plan: &Plan, password: &str, now: Timestamp) -> Secrets {
        let name = username(self.number);
        let kept = self.user.then(|| KeptPassword {
            made_with: None,
            verifier: Verifier::of_secret(
                Identity::user(&plan.pool, &name),
                password,
                digest(&plan.pool, &name),
            ),
            temporary: false,
            set: now,
        });
        let devices = (0..).zip(self.devices).map(|(device, missing)| {
            missing.then(|| {
                let key = device_key(&plan.pool, self.number, device);
                let group_key = device_group_key(&key);
                let who = Identity::device(&group_key, &key);
                let entropy = digest(&plan.pool, key.as_str());
                let verifier = Verifier::of_secret(who, password, entropy);
                DeviceSecret {
                    group_key,
                    verifier: Some(verifier),
                }
            })
        });
        Secrets {
            number: self.number,
            password: kept,
            devices: devices.collect(),
        }
    }
}

/// The name of a generated user.
fn username(number: u64) -> String {
    format!("user-{number:08}")
}

/// What stands for random bytes here: it follows from pool and name.
fn digest(pool: &UserPoolId, name: &str) -> [u8; 32] {
    Sha256::digest(format!("{pool}/{name}")).into()
}

/// The key of a generated device.
fn device_key(pool: &UserPoolId, user: u64, device: u64) -> DeviceKey {
    let hash = digest(pool, &format!("{user}/{device}"));
    let (bytes, _) = hash.split_first_chunk().unwrap_or((&[0; 16], &[]));
    let uuid = uuid::Builder::from_random_bytes(*bytes).into_uuid();
    DeviceKey::from(format!("{}_{uuid}", pool.region()))
}

/// The group key of a generated device: a hyphen and eight characters, as of every device.
fn device_group_key(key: &DeviceKey) -> String {
    let hash = Sha256::digest(key.as_str());
    let mut text = hex::encode(hash);
    text.truncate(8);
    format!("-{text}")
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
    if let Some(Credentials { password, client }) = &plan.credentials {
        let pool = tx.pool(&plan.pool)?;
        PasswordPolicy::of(tx.pool_settings(&pool)?).check(password.expose())?;
        if tx.find_client(&pool, client)?.is_none() {
            tx.put_client(&pool, client, &client_settings(now))?;
            summary.created += 1;
        }
    }
    Ok(summary)
}

/// An app client that lets users sign in by SRP, by password and by refresh token.
fn client_settings(now: Timestamp) -> UserPoolClientType {
    UserPoolClientType {
        client_name: Some("Generated".to_owned()),
        explicit_auth_flows: Some(vec![
            ExplicitAuthFlowsType::AllowUserSrpAuth,
            ExplicitAuthFlowsType::AllowUserPasswordAuth,
            ExplicitAuthFlowsType::AllowAdminUserPasswordAuth,
            ExplicitAuthFlowsType::AllowRefreshTokenAuth,
        ]),
        creation_date: Some(now),
        last_modified_date: Some(now),
        ..UserPoolClientType::default()
    }
}

fn put_users(
    tx: &WriteTx<'_>,
    plan: &Plan,
    users: Vec<Secrets>,
    now: Timestamp,
) -> Result<Summary> {
    let mut summary = Summary::default();
    let pool = tx.pool(&plan.pool)?;
    let configuration: &Configuration = pool.configuration()?;
    // Where users get passwords, a record without one existed when they were computed.
    let exists = |has_password: bool| plan.credentials.is_some() && !has_password;
    for Secrets {
        number,
        password,
        devices,
    } in users
    {
        let user = user(&plan.pool, number, now);
        let added = if exists(password.is_some()) {
            None
        } else {
            tx.add_user(&pool, configuration, &user)?
        };
        if let Some((row, password)) = added.zip(password.as_ref()) {
            tx.put_password(row, password)?;
        }
        summary.count_added(added.is_some());
        let owner = DeviceOwner::of_username(&pool, configuration, &user.username);
        let mut secrets = devices.into_iter();
        for device_number in 0..plan.devices_per_user {
            let device = device(&plan.pool, number, device_number, now);
            let secret = secrets.next().flatten();
            let added =
                !exists(secret.is_some()) && tx.add_device(&owner, &device, secret.as_ref())?;
            summary.count_added(added);
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
        spelled: username.clone(),
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
