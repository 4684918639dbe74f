//! Domains of pools.

use serde_json::json;

use super::{Fault, Rule, check_date, first, violation};
use crate::api::{DomainDescriptionType, schema};
use crate::domain::user_pool_domain::{CLASSIC, MANAGED_LOGIN, check_name};
use crate::store::tables::domain;

/// The columns that a domain is read from come first.
pub(super) const RECORD: Rule = Rule {
    table: "user_pool_domains",
    rows: "SELECT name, is_custom, certificate_arn, security_policy, managed_login_version, created_ms, name AS row, pool
           FROM user_pool_domains",
    fault: Fault::Alone(|row| {
        let found = domain(row)?;
        let version = found.managed_login_version;
        let is_version = [CLASSIC, MANAGED_LOGIN].contains(&version);
        let config = found.kind.config();
        let shown = DomainDescriptionType {
            custom_domain_config: config.certificate_arn.is_some().then_some(config),
            domain: Some(found.name.clone()),
            ..DomainDescriptionType::default()
        };
        first([
            check_date(row, "created_ms"),
            Ok((!is_version).then(|| format!("managed_login_version is {version}"))),
            Ok(violation(&schema::DOMAIN_DESCRIPTION_TYPE, json!(shown))),
            Ok(check_name(&found.name, &found.kind).err().map(|error| {
                let message = error.message.unwrap_or_default();
                format!("{}: {message}", found.name)
            })),
        ])
    }),
};
