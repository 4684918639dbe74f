//! A pool of a seed without its lists: what `describe-user-pool` and `get-user-pool-mfa-config` print, the pool's account, and
//! its keys.

use std::fmt::Display;
use std::sync::Arc;

use serde_json::{Value, json};

use super::OF_POOLS;
use super::domain::{self, SeedDomain};
use super::keys::{self, SeedKeys};
use super::kind;
use super::rules::PoolRules;
use super::sessions;
use crate::api::{
    SchemaAttributeType, SetUserPoolMfaConfigRequest, Timestamp, UserPoolMfaType, UserPoolType,
    schema,
};
use crate::domain::mfa::MfaConfig;
use crate::domain::pool::Pool;
use crate::domain::pool::schema_attributes;
use crate::domain::pool::settings;
use crate::domain::user_session::SessionTracking;
use crate::error::{ApiError, Result};
use crate::figures::Holdings;
use crate::ids::{AccountId, UserPoolId};
use crate::seed::members::{Members, decode, object, take_list};
use crate::seed::place::Place;
use crate::seed::refusal::Refusal;
use crate::store::{ReadTx, WriteTx, Written};

/// Members of what `get-user-pool-mfa-config` prints.
const FACTORS: [&str; 5] = [
    "EmailMfaConfiguration",
    "MfaConfiguration",
    "SmsMfaConfiguration",
    "SoftwareTokenMfaConfiguration",
    "WebAuthnConfiguration",
];

/// Whether these are members of what `get-user-pool-mfa-config` prints.
pub(in crate::seed) fn has_factors(members: &Members) -> bool {
    FACTORS.iter().any(|name| members.contains_key(*name))
}

/// A pool of a seed, without its lists.
pub(in crate::seed) struct SeedPool {
    /// Where the pool's settings stand.
    pub(in crate::seed) place: String,
    /// What stands before the places of the pool's other parts.
    pub(in crate::seed) prefix: String,
    pub(in crate::seed) rules: Arc<PoolRules>,
    account: Option<AccountId>,
    /// The part of the MFA settings that `UserPoolType` has no member for, if the seed has it.
    factors: Option<MfaConfig>,
    keys: Option<SeedKeys>,
    /// How the pool treats its users' sessions, if the seed says it.
    sessions: Option<SessionTracking>,
    /// The domains that the settings name.
    domains: Vec<SeedDomain>,
}

impl SeedPool {
    /// Takes everything of a pool but its lists out of what a seed says at `own`, for a server that stands for `region`.
    ///
    /// # Errors
    /// When a part of the pool is refused.
    pub(in crate::seed) fn take(
        own: &Place<'_>,
        entry: &mut Members,
        region: &str,
    ) -> Result<Self, Refusal> {
        let prefix = own.prefix();
        let place = format!("{prefix}UserPool");
        let settings = entry
            .remove("UserPool")
            .ok_or_else(|| Refusal::at(own, "UserPool is missing"))?;
        let mut settings = read_settings(&place, settings)?;
        let id = id_in(region, &place, &settings)?;
        let domains = domain::take_named(&place, &mut settings)?;
        let account = take_account(&prefix, entry)?;
        let factors = entry.remove("MfaConfig").map(|shown| {
            let place = format_args!("{prefix}MfaConfig");
            read_factors(&place, shown, &id, &mut settings)
        });
        let factors = factors.transpose()?;
        settings::check_together(&settings, settings.user_pool_tier)
            .map_err(|error| Refusal::of(&place, error))?;
        let keys = SeedKeys::take(&prefix, entry)?;
        let sessions = sessions::take(&prefix, entry, &id, &settings)?;
        let rules = PoolRules::of(id, settings).map_err(|why| Refusal::at(&place, why))?;
        Ok(Self {
            prefix: prefix.to_string(),
            place,
            rules: Arc::new(rules),
            account,
            factors,
            keys,
            sessions,
            domains,
        })
    }

    /// Adds what `get-user-pool-mfa-config` prints at `place` to what the seed says of the pool.
    ///
    /// # Errors
    /// When it is refused, and when the seed has it already.
    pub(in crate::seed) fn add_factors(
        &mut self,
        place: &dyn Display,
        shown: Members,
    ) -> Result<(), Refusal> {
        if self.factors.is_some() {
            return Err(Refusal::at(
                place,
                "the pool's MFA settings are given twice",
            ));
        }
        let (id, mut settings) = (self.rules.id.clone(), self.rules.settings.clone());
        let factors = read_factors(place, Value::Object(shown), &id, &mut settings)?;
        settings::check_together(&settings, settings.user_pool_tier)
            .map_err(|error| Refusal::of(place, error))?;
        let rules = PoolRules::of(id, settings).map_err(|why| Refusal::at(place, why))?;
        self.factors = Some(factors);
        self.rules = Arc::new(rules);
        Ok(())
    }

    /// Writes the pool and its keys, if they are not in the registry as the seed says; `account` owns a new pool of which the
    /// seed names no other. What the seed leaves open stays as it is.
    ///
    /// # Errors
    /// `UsernameExistsException` or `AliasExistsException` when the pool's users cannot be named as the seed says;
    /// `InvalidParameterException` when the pool requires MFA and has no factor.
    pub(in crate::seed) fn put(
        &self,
        tx: &WriteTx<'_>,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Written> {
        let written = self.put_settings(tx, account, now)?;
        let pool = tx.pool(&self.rules.id)?;
        let has_new_keys = match &self.keys {
            Some(keys) => keys.put(tx, &pool)?,
            None => false,
        };
        let has_new_sessions = sessions::put(tx, &pool, self.sessions)?;
        let mut has_new_domains = false;
        for domain in &self.domains {
            has_new_domains |= domain.put_new(tx, &pool, now)?;
        }
        let has_new_part = has_new_keys || has_new_sessions || has_new_domains;
        Ok(kind::with_part(written, has_new_part))
    }

    fn put_settings(
        &self,
        tx: &WriteTx<'_>,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Written> {
        let Some(before) = Before::find(tx, &self.rules.id)? else {
            let account = self.account.as_ref().unwrap_or(account);
            let settings = self.settings_after(None, now);
            self.check_mfa(&settings, &MfaConfig::default())?;
            tx.put_pool(&self.rules.id, account, &settings)?;
            self.put_factors(tx)?;
            return Ok(Written::Created);
        };
        let account = self.account.as_ref().unwrap_or(&before.pool.account);
        let settings = self.settings_after(Some(&before.settings), now);
        let has_factors = (self.factors.as_ref()).is_none_or(|factors| *factors == before.factors);
        if *account == before.pool.account && settings == before.settings && has_factors {
            return Ok(Written::Unchanged);
        }
        self.check_mfa(&settings, &before.factors)?;
        tx.put_pool(&self.rules.id, account, &settings)?;
        self.rename_users(tx, &before.pool)?;
        self.put_factors(tx)?;
        Ok(Written::Updated)
    }

    /// The settings with the dates that the seed leaves open.
    fn settings_after(&self, before: Option<&UserPoolType>, now: Timestamp) -> UserPoolType {
        let created = before.and_then(|before| before.creation_date);
        let created = created.unwrap_or(now);
        let modified = before.and_then(|before| before.last_modified_date);
        let mut settings = self.rules.settings.clone();
        settings.creation_date.get_or_insert(created);
        settings
            .last_modified_date
            .get_or_insert(modified.unwrap_or(created));
        settings
    }

    /// Checks that a pool that asks for MFA has a factor, of the seed's or else of those that it has `before`. Optional MFA is not
    /// checked in a seed without `MfaConfig`: `describe-user-pool` prints no factor but SMS.
    fn check_mfa(&self, settings: &UserPoolType, before: &MfaConfig) -> Result<()> {
        let is_optional = settings.mfa_configuration == Some(UserPoolMfaType::Optional);
        match &self.factors {
            Some(factors) => factors.check_suffices(settings),
            None if is_optional => Ok(()),
            None => before.check_suffices(settings).map_err(|error| {
                let why = error.message.unwrap_or_default();
                ApiError::invalid_parameter(format!(
                    "{why}; the seed has no MfaConfig, which names other factors"
                ))
            }),
        }
    }

    /// Finds the users that the pool has already by the names that its new settings give them.
    fn rename_users(&self, tx: &WriteTx<'_>, before: &Pool) -> Result<()> {
        let is_same = before.configuration().is_ok_and(|before| {
            before.case_sensitive == self.rules.configuration.case_sensitive
                && before.sign_in_options == self.rules.configuration.sign_in_options
        });
        if is_same {
            return Ok(());
        }
        tx.rename_users(&*tx.pool(&self.rules.id)?, &self.rules.configuration)
    }

    fn put_factors(&self, tx: &WriteTx<'_>) -> Result<()> {
        match &self.factors {
            Some(factors) => tx.put_pool_factors(&*tx.pool(&self.rules.id)?, factors),
            None => Ok(()),
        }
    }
}

/// What the registry has of a pool.
struct Before {
    pool: Arc<Pool>,
    settings: UserPoolType,
    factors: MfaConfig,
}

impl Before {
    fn find(tx: &WriteTx<'_>, id: &UserPoolId) -> Result<Option<Self>> {
        let Some(pool) = tx.find_pool(id)? else {
            return Ok(None);
        };
        tx.hold_pool(&pool)?;
        Ok(Some(Self {
            settings: tx.pool_settings(&pool)?,
            factors: tx.pool_factors(&pool)?,
            pool,
        }))
    }
}

/// Everything of a pool but its users, as a seed says it; its keys only `with_keys`.
///
/// # Errors
/// When the store fails.
pub(in crate::seed) fn export(
    tx: &ReadTx<'_>,
    pool: &Pool,
    with_keys: bool,
    holdings: &mut Holdings,
) -> Result<Value> {
    let settings = tx.pool_settings(pool)?;
    let factors = tx.pool_factors(pool)?;
    let mut members = Members::new();
    let mut insert = |name: &str, value| members.insert(name.to_owned(), value);
    insert("Account", json!(pool.account.as_str()));
    insert("UserPool", json!(settings));
    if factors != MfaConfig::default() {
        insert("MfaConfig", json!(factors.into_response(settings)));
    }
    if with_keys && let Some(keys) = keys::export(tx, pool)? {
        insert("Keys", keys);
    }
    members.extend(sessions::export(pool));
    kind::export(OF_POOLS, tx, pool, &mut members, holdings)?;
    Ok(Value::Object(members))
}

/// What `describe-user-pool` prints of the pool.
fn read_settings(place: &dyn Display, value: Value) -> Result<UserPoolType, Refusal> {
    let mut value = object(place, value)?;
    let given = value.contains_key("SchemaAttributes");
    let attributes = take_list(&format_args!("{place}."), &mut value, "SchemaAttributes")?
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            schema_attribute(&format_args!("{place}.SchemaAttributes[{index}]"), value)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let settings = decode(place, &schema::USER_POOL_TYPE, Value::Object(value))?;
    Ok(UserPoolType {
        schema_attributes: given.then_some(attributes),
        ..settings
    })
}

/// An attribute under the name that Cognito shows. The model limits the names that requests give; a name that Cognito shows is
/// longer by a prefix, and one of Cognito's own attributes has a name that is longer in itself.
fn schema_attribute(place: &dyn Display, value: Value) -> Result<SchemaAttributeType, Refusal> {
    let mut value = object(place, value)?;
    let Some(Value::String(name)) = value.remove("Name") else {
        return Err(Refusal::at(place, "Name is missing"));
    };
    if !schema_attributes::is_standard(&name) {
        let given = schema_attributes::given_name(&name);
        value.insert("Name".to_owned(), Value::String(given.to_owned()));
    }
    let attribute = decode(place, &schema::SCHEMA_ATTRIBUTE_TYPE, Value::Object(value))?;
    Ok(SchemaAttributeType {
        name: Some(name),
        ..attribute
    })
}

/// The pool's id, which must be of `region`.
fn id_in(
    region: &str,
    place: &dyn Display,
    settings: &UserPoolType,
) -> Result<UserPoolId, Refusal> {
    let id = settings.id.clone();
    let id = id.ok_or_else(|| Refusal::at(place, "Id is missing"))?;
    if id.region() == region {
        return Ok(id);
    }
    let why = format!(
        "the pool's id is of Region {}, this server stands for {region} (setting region)",
        id.region()
    );
    Err(Refusal::at(place, why))
}

/// Reads what `get-user-pool-mfa-config` prints: the members of the request that sets it, without the pool's id.
fn read_factors(
    place: &dyn Display,
    shown: Value,
    id: &UserPoolId,
    settings: &mut UserPoolType,
) -> Result<MfaConfig, Refusal> {
    let mut shown = object(place, shown)?;
    let pool = Value::String(id.as_str().to_owned());
    if shown.insert("UserPoolId".to_owned(), pool).is_some() {
        return Err(Refusal::at(place, "unknown member 'UserPoolId'"));
    }
    let shape = &schema::SET_USER_POOL_MFA_CONFIG_REQUEST;
    let shown: SetUserPoolMfaConfigRequest = decode(place, shape, Value::Object(shown))?;
    let modes = shown.mfa_configuration.zip(settings.mfa_configuration);
    if modes.is_some_and(|(one, other)| one != other) {
        return Err(Refusal::at(
            place,
            "MfaConfiguration is not that of the pool",
        ));
    }
    Ok(MfaConfig::from_response(shown, settings))
}

fn take_account(prefix: &dyn Display, entry: &mut Members) -> Result<Option<AccountId>, Refusal> {
    let id = match entry.remove("Account") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(id)) => AccountId::parse(&id),
        Some(_) => None,
    };
    let place = format_args!("{prefix}Account");
    let why = "an AWS account id is a string of 12 digits";
    id.map(Some).ok_or_else(|| Refusal::at(place, why))
}
