//! Identity providers, and the identities of users at them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Fault, Rule, check_date, check_length, first, violation};
use crate::api::schema;
use crate::domain::provider::details::is_secret;
use crate::domain::provider::identity::{IDENTITIES, identities};
use crate::store::tables::provider;

/// The columns that a provider is read from come first.
pub(super) const RECORD: Rule = Rule {
    table: "identity_providers",
    rows: "SELECT name, settings, created_ms, modified_ms, provider_type, name AS row, pool FROM identity_providers",
    fault: Fault::Alone(|row| {
        let found = provider(row)?;
        let kept_type: String = row.get("provider_type")?;
        let other_type = found.provider_type.as_str() != kept_type;
        let in_the_clear = found.details.keys().find(|name| is_secret(name));
        let in_the_clear = in_the_clear.map(|name| format!("{name} is not sealed"));
        let mut settings: Value = serde_json::from_str(row.text(1)?).unwrap_or_default();
        if let Some(members) = settings.as_object_mut() {
            members.insert("ProviderName".to_owned(), json!(found.name));
        }
        first([
            Ok(other_type
                .then(|| format!("provider_type is {kept_type}, the settings say another"))),
            Ok(in_the_clear),
            check_date(row, "created_ms"),
            check_date(row, "modified_ms"),
            Ok(violation(&schema::IDENTITY_PROVIDER_TYPE, settings)),
        ])
    }),
};

pub(super) const SEAL: Rule = Rule {
    table: "provider_seals",
    rows: "SELECT pool AS row, pool, seal FROM provider_seals",
    fault: Fault::Alone(|row| check_length::<32>(row, "seal")),
};

/// A user is found by the identities that the user's attribute shows.
pub(super) const IDENTITY: Rule = Rule {
    table: "user_identities",
    rows: "SELECT i.value AS row, u.pool, i.pool AS pool_of_identity, i.provider, i.attribute, i.value, u.attributes
           FROM user_identities i JOIN users u ON u.row = i.user_row",
    fault: Fault::Alone(|row| {
        let (pool, of_identity): (i64, i64) = (row.get("pool")?, row.get("pool_of_identity")?);
        if pool != of_identity {
            return Ok(Some("the identity is of another pool than its user".to_owned()));
        }
        let (provider, attribute): (String, String) = (row.get("provider")?, row.get("attribute")?);
        let value: String = row.get("value")?;
        let attributes: BTreeMap<String, String> =
            serde_json::from_str(&row.get::<String>("attributes")?).unwrap_or_default();
        let shown = identities(attributes.get(IDENTITIES)).unwrap_or_default();
        let is_shown = shown.iter().any(|one| one.is(&provider, &attribute, &value));
        Ok((!is_shown).then(|| "the user's attribute does not show the identity".to_owned()))
    }),
};
