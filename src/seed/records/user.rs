//! A user of a seed, as `admin-get-user` or `list-users` print it, with the user's password and lists of records.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use serde_json::Value;

use super::OF_USERS;
use super::factors::{self, SeedFactors};
use super::kind::{self, Records};
use super::password::{self, SeedPassword};
use super::rules::PoolRules;
use crate::api::{Timestamp, UserStatusType, UserType, schema};
use crate::domain::device::DeviceOwner;
use crate::domain::pool::{Pool, SignInOptions};
use crate::domain::provider::identity::{IDENTITIES, MAX_VALUE, identities};
use crate::domain::user::{User, UserRecord, derived_sub};
use crate::error::{ApiError, Result};
use crate::figures::Holdings;
use crate::ids::Username;
use crate::seed::members::{decode, members_of, named_values, object};
use crate::seed::place::Place;
use crate::seed::refusal::Refusal;
use crate::seed::rows::Rows;
use crate::store::{ReadTx, WriteTx, Written};

/// A user of a seed; what it leaves open stays as it is, or gets its default.
pub(in crate::seed) struct SeedUser {
    /// In lower case where the pool ignores case.
    pub(in crate::seed) username: Username,
    /// The username as the seed spells it. A verifier belongs to this spelling.
    pub(in crate::seed) spelled: Username,
    pub(in crate::seed) password: Option<SeedPassword>,
    pub(in crate::seed) records: Records<KeptUser>,
    pub(in crate::seed) factors: SeedFactors,
    sub: Option<String>,
    enabled: Option<bool>,
    status: Option<UserStatusType>,
    created: Option<Timestamp>,
    modified: Option<Timestamp>,
    attributes: BTreeMap<String, String>,
}

/// A user in the registry, who owns records.
pub(in crate::seed) struct KeptUser {
    pub(in crate::seed) pool: Arc<Pool>,
    pub(in crate::seed) user: User,
}

impl SeedUser {
    /// Reads a user and checks it against the schema, password policy and sign-in attributes of the pool.
    ///
    /// # Errors
    /// When a part of the user is refused.
    pub(in crate::seed) fn read(
        place: &Place<'_>,
        value: Value,
        pool: &PoolRules,
    ) -> Result<Self, Refusal> {
        let mut value = object(place, value)?;
        let prefix = place.prefix();
        let records = Records::take(OF_USERS, &prefix, &mut value, &pool.settings)?;
        let password = SeedPassword::take(place, &mut value, &pool.policy)?;
        let factors = SeedFactors::take(place, &prefix, &mut value)?;
        // The two commands that print users name the attributes differently.
        if let Some(attributes) = value.remove("UserAttributes") {
            value.insert("Attributes".to_owned(), attributes);
        }
        let user: UserType = decode(place, &schema::USER_TYPE, Value::Object(value))?;
        let mut attributes = named_values(place, user.attributes.unwrap_or_default())?;
        let sub = attributes.remove("sub");
        let attributes =
            (pool.schema.of_existing_user(attributes)).map_err(|why| Refusal::at(place, why))?;
        let spelled = user
            .username
            .ok_or_else(|| Refusal::at(place, "Username is missing"))?;
        Ok(Self {
            username: username_in(pool, place, &spelled)?,
            spelled,
            password,
            records,
            factors,
            sub,
            enabled: user.enabled,
            status: user.user_status,
            created: user.user_create_date,
            modified: user.user_last_modified_date,
            attributes,
        })
    }

    /// Writes the user, without password, second factors and lists, if the registry does not have the user as the seed says; returns the user's
    /// row, too.
    ///
    /// # Errors
    /// As [`WriteTx::add_user`]; `InvalidParameterException` when the user is one of those `named` before.
    pub(in crate::seed) fn put(
        &self,
        tx: &WriteTx<'_>,
        rules: &PoolRules,
        pool: &Pool,
        named: &mut Rows,
        now: Timestamp,
    ) -> Result<(i64, Written)> {
        let configuration = &rules.configuration;
        // Most users are new, and adding one shows whether the pool has it.
        let record = self.after(None, rules, now);
        if let Some(row) = tx.add_user(pool, configuration, &record)? {
            if record.attributes.contains_key(IDENTITIES) {
                put_identities(tx, pool, row, &record)?;
            }
            named.insert(row);
            return Ok((row, Written::Created));
        }
        let (row, before) = tx
            .find_user_record(pool, configuration, &self.username)?
            .ok_or_else(|| ApiError::internal("the user is gone"))?;
        if !named.insert(row) {
            return Err(ApiError::invalid_parameter("the user is given twice"));
        }
        let record = self.after(Some(&before), rules, now);
        if before == record {
            return Ok((row, Written::Unchanged));
        }
        tx.put_user(pool, configuration, &record)?;
        put_identities(tx, pool, row, &record)?;
        Ok((row, Written::Updated))
    }

    /// The user as the seed says. What the seed leaves open stays as it was `before`, or gets its default.
    fn after(&self, before: Option<&UserRecord>, rules: &PoolRules, now: Timestamp) -> UserRecord {
        let created = self.created.or(before.map(|before| before.created));
        let created = created.unwrap_or(now);
        let modified = self.modified.or(before.map(|before| before.modified));
        let enabled = self.enabled.or(before.map(|before| before.enabled));
        let sub = self.sub.clone();
        UserRecord {
            username: self.username.clone(),
            spelled: self.spelled.clone(),
            sub: sub
                .or_else(|| before.map(|before| before.sub.clone()))
                .unwrap_or_else(|| derived_sub(&rules.id, &self.spelled)),
            enabled: enabled.unwrap_or(true),
            status: self.status_after(before.map(|before| before.status)),
            created,
            modified: modified.unwrap_or(created),
            attributes: self.attributes.clone(),
        }
    }

    /// The user's status: as the seed says, or as its password requires, or as it was.
    fn status_after(&self, before: Option<UserStatusType>) -> UserStatusType {
        let temporary = self.password.as_ref().map(SeedPassword::is_temporary);
        self.status.unwrap_or(match (temporary, before) {
            (Some(true), _) => UserStatusType::ForceChangePassword,
            (Some(false), Some(UserStatusType::ForceChangePassword)) | (_, None) => {
                UserStatusType::Confirmed
            }
            (_, Some(before)) => before,
        })
    }

    /// Whether the user signs in with an identity provider, and so needs no password.
    pub(in crate::seed) fn is_external(&self) -> bool {
        self.status == Some(UserStatusType::ExternalProvider)
    }

    /// The user at `row`, who owns the records.
    pub(in crate::seed) fn kept(&self, pool: &Arc<Pool>, rules: &PoolRules, row: i64) -> KeptUser {
        let owner = DeviceOwner::of_username(pool, &rules.configuration, &self.username);
        let user = User {
            row,
            username: self.username.clone(),
            owner,
        };
        let pool = Arc::clone(pool);
        KeptUser { pool, user }
    }
}

/// Finds the user by the identities that the user's attribute shows.
fn put_identities(tx: &WriteTx<'_>, pool: &Pool, row: i64, record: &UserRecord) -> Result<()> {
    let mut shown = identities(record.attributes.get(IDENTITIES)).unwrap_or_default();
    shown.retain(|identity| identity.user_id.chars().count() <= MAX_VALUE);
    tx.put_user_identities(pool, row, &shown)
}

/// The username as the pool keeps it.
fn username_in(
    pool: &PoolRules,
    place: &dyn Display,
    spelled: &Username,
) -> Result<Username, Refusal> {
    let username = pool.configuration.key_of(spelled.as_str());
    if let SignInOptions::Username { .. } = pool.configuration.sign_in_options {
        let checked = pool.configuration.attribute_of_name(&username);
        checked.map_err(|error| Refusal::of(place, error))?;
    }
    Ok(Username::from(username))
}

/// A user as a seed says it, with password, second factors and lists.
///
/// # Errors
/// When the store fails.
pub(in crate::seed) fn export(
    tx: &ReadTx<'_>,
    kept: &KeptUser,
    record: UserRecord,
    holdings: &mut Holdings,
) -> Result<Value> {
    let password = tx.find_password(kept.user.row)?;
    // A verifier is right only with the spelling of the username that it was made with.
    let name = match &password {
        Some(password) => password.name(&record.username).clone(),
        None => record.spelled.clone(),
    };
    let mut members = members_of(&UserType {
        username: Some(name),
        ..record.into_user_type()
    })?;
    if let Some(password) = &password {
        password::export(password, &mut members);
    }
    factors::export(tx, &kept.user, &mut members)?;
    kind::export(OF_USERS, tx, kept, &mut members, holdings)?;
    Ok(Value::Object(members))
}
