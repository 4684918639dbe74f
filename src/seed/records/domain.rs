//! The domains of a pool, as `describe-user-pool-domain` prints them, and as the settings of the pool name them.

use std::fmt::Display;

use chrono::NaiveDateTime;
use serde_json::{Value, json};

use super::kind::{Kind, Occasion, Record};
use crate::api::{CustomDomainConfigType, DomainDescriptionType, Timestamp, UserPoolType, schema};
use crate::domain::pool::{Pool, settings};
use crate::domain::user_pool_domain::{
    CLASSIC, DomainKind, MANAGED_LOGIN, UserPoolDomain, VERSION, check_name,
};
use crate::error::{ApiError, Result};
use crate::seed::members::{decode, unwrapped};
use crate::seed::refusal::Refusal;
use crate::store::{ReadTx, WriteTx, Written};

pub(super) const KIND: Kind<Pool> = Kind {
    list: "Domains",
    alone: Some("DomainDescription"),
    noun: "domain",
    read: |place, value, pool| Ok(Box::new(read(place, value, pool)?)),
    export,
    number: None,
};

/// A domain of a seed; what it leaves open stays as it is, or is the default.
pub(super) struct SeedDomain {
    name: String,
    kind: DomainKind,
    managed_login_version: Option<i64>,
    created: Option<Timestamp>,
}

/// Takes the domains that the settings of a pool name out of the settings.
///
/// # Errors
/// When a name is not that of a domain.
pub(super) fn take_named(
    place: &dyn Display,
    settings: &mut UserPoolType,
) -> Result<Vec<SeedDomain>, Refusal> {
    let custom = DomainKind::Custom(CustomDomainConfigType::default());
    let named = [
        (settings.domain.take(), DomainKind::Prefix),
        (settings.custom_domain.take(), custom),
    ];
    let named = named.into_iter().filter_map(|(name, kind)| {
        Some(SeedDomain {
            name: name?,
            kind,
            managed_login_version: None,
            created: None,
        })
    });
    named
        .map(|domain| domain.checked().map_err(|error| Refusal::of(place, error)))
        .collect()
}

fn read(place: &dyn Display, value: Value, pool: &UserPoolType) -> Result<SeedDomain, Refusal> {
    let value = unwrapped("DomainDescription", value);
    let value = without_empty_config(value);
    let given: DomainDescriptionType = decode(place, &schema::DOMAIN_DESCRIPTION_TYPE, value)?;
    if given.user_pool_id.is_some() && given.user_pool_id != pool.id {
        return Err(Refusal::at(place, "UserPoolId is that of another pool"));
    }
    let name = given.domain;
    let name = name.ok_or_else(|| Refusal::at(place, "Domain is missing"))?;
    // Only custom domains have dots, and one of which nothing but the name is known has no certificate.
    let kind = match given.custom_domain_config {
        Some(config) => DomainKind::Custom(config),
        None if name.contains('.') => DomainKind::Custom(CustomDomainConfigType::default()),
        None => DomainKind::Prefix,
    };
    let created = given.version.map(|version| created(place, &version));
    let domain = SeedDomain {
        name,
        kind,
        managed_login_version: given.managed_login_version,
        created: created.transpose()?,
    };
    if domain.managed_login_version == Some(MANAGED_LOGIN) {
        let checked = settings::check_has_managed_login(pool);
        checked.map_err(|error| Refusal::of(place, error))?;
    }
    domain.checked().map_err(|error| Refusal::of(place, error))
}

/// What is printed of a prefix has a `CustomDomainConfig` without members.
fn without_empty_config(mut value: Value) -> Value {
    let name = "CustomDomainConfig";
    if let Some(members) = value.as_object_mut()
        && members.get(name) == Some(&json!({}))
    {
        members.remove(name);
    }
    value
}

/// The time of creation in the version of a domain.
fn created(place: &dyn Display, version: &str) -> Result<Timestamp, Refusal> {
    let time = NaiveDateTime::parse_from_str(version, VERSION);
    let time = time.map_err(|_| Refusal::at(place, "Version is not a time (YYYYMMDDhhmmss)"))?;
    Ok(Timestamp::from(time.and_utc()))
}

impl SeedDomain {
    fn checked(self) -> Result<Self> {
        check_name(&self.name, &self.kind)?;
        match self.managed_login_version {
            None | Some(CLASSIC | MANAGED_LOGIN) => Ok(self),
            Some(_) => Err(ApiError::bad_managed_login_version()),
        }
    }

    /// Writes the domain, if its pool does not have it.
    pub(super) fn put_new(&self, tx: &WriteTx<'_>, pool: &Pool, now: Timestamp) -> Result<bool> {
        let is_new = !tx
            .domains(pool)?
            .iter()
            .any(|domain| domain.name == self.name);
        if is_new {
            tx.insert_domain(pool, &self.after(None, now))?;
        }
        Ok(is_new)
    }

    fn after(&self, before: Option<&UserPoolDomain>, now: Timestamp) -> UserPoolDomain {
        let version = before.map(|before| before.managed_login_version);
        let created = before.map(|before| before.created);
        UserPoolDomain {
            name: self.name.clone(),
            kind: self.kind.clone(),
            managed_login_version: self.managed_login_version.or(version).unwrap_or(CLASSIC),
            created: self.created.or(created).unwrap_or(now.whole_seconds()),
        }
    }
}

impl Record<Pool> for SeedDomain {
    fn key(&self) -> &str {
        &self.name
    }

    fn put(&self, tx: &WriteTx<'_>, pool: &Pool, occasion: &Occasion<'_>) -> Result<Written> {
        let domains = tx.domains(pool)?;
        let before = domains.iter().find(|domain| domain.name == self.name);
        let after = self.after(before, occasion.now);
        match before {
            Some(before) if *before == after => Ok(Written::Unchanged),
            Some(before) if before.kind.is_custom() == after.kind.is_custom() => {
                tx.put_domain(&after)?;
                Ok(Written::Updated)
            }
            // Another domain, or one that was a prefix and is a custom domain now, or the other way round.
            Some(_) | None => {
                tx.insert_domain(pool, &after)?;
                Ok(Written::Created)
            }
        }
    }
}

fn export(tx: &ReadTx<'_>, pool: &Pool) -> Result<Vec<Value>> {
    let domains = tx.domains(pool)?.into_iter().map(|domain| {
        let shown = domain.into_description(pool);
        let config = shown.custom_domain_config;
        DomainDescriptionType {
            cloud_front_distribution: None,
            custom_domain_config: config.filter(|config| config.certificate_arn.is_some()),
            domain: shown.domain,
            managed_login_version: shown.managed_login_version,
            version: shown.version,
            ..DomainDescriptionType::default()
        }
    });
    Ok(domains.map(|shown| json!(shown)).collect())
}
