//! The identity providers of a pool, as `describe-identity-provider` prints them, with their secrets.

use std::fmt::Display;

use serde_json::{Value, json};

use super::kind::{Kind, Occasion, Record};
use crate::api::{IdentityProviderType, Timestamp, UserPoolType, schema};
use crate::domain::pool::Pool;
use crate::domain::provider::{IdentityProvider, MAX_PROVIDERS};
use crate::domain::user::attributes::Schema;
use crate::error::Result;
use crate::seed::members::{decode, unwrapped};
use crate::seed::refusal::Refusal;
use crate::store::{ReadTx, WriteTx, Written};

pub(super) const KIND: Kind<Pool> = Kind {
    list: "IdentityProviders",
    alone: Some("IdentityProvider"),
    noun: "identity provider",
    read: |place, value, pool| Ok(Box::new(read(place, value, pool)?)),
    export,
    number: None,
};

/// An identity provider of a seed, and which of its dates the seed leaves open.
struct SeedProvider {
    provider: IdentityProvider,
    created: Option<Timestamp>,
    modified: Option<Timestamp>,
}

fn read(place: &dyn Display, value: Value, pool: &UserPoolType) -> Result<SeedProvider, Refusal> {
    let value = unwrapped("IdentityProvider", value);
    let given: IdentityProviderType = decode(place, &schema::IDENTITY_PROVIDER_TYPE, value)?;
    if given.user_pool_id.is_some() && given.user_pool_id != pool.id {
        return Err(Refusal::at(place, "UserPoolId is that of another pool"));
    }
    let missing = |name: &str| Refusal::at(place, format!("{name} is missing"));
    let undated = Timestamp::from_millis(0);
    let provider = IdentityProvider {
        name: given.provider_name.ok_or_else(|| missing("ProviderName"))?,
        provider_type: given.provider_type.ok_or_else(|| missing("ProviderType"))?,
        details: given.provider_details.unwrap_or_default(),
        mapping: given.attribute_mapping,
        identifiers: given.idp_identifiers.unwrap_or_default(),
        acr_mapping: given.acr_mapping,
        created: undated,
        modified: undated,
    };
    let checked = provider.check_known(&Schema::of(pool));
    checked.map_err(|error| Refusal::of(place, error))?;
    Ok(SeedProvider {
        provider,
        created: given.creation_date,
        modified: given.last_modified_date,
    })
}

impl Record<Pool> for SeedProvider {
    fn key(&self) -> &str {
        &self.provider.name
    }

    fn put(&self, tx: &WriteTx<'_>, pool: &Pool, occasion: &Occasion<'_>) -> Result<Written> {
        let before = tx.find_provider(pool, &self.provider.name)?;
        let after = self.after(before.as_ref(), occasion.now);
        match before {
            Some(before) if before == after => Ok(Written::Unchanged),
            Some(_) => {
                tx.put_provider(pool, &after, occasion.chance)?;
                Ok(Written::Updated)
            }
            None => {
                tx.insert_provider(pool, &after, occasion.chance)?;
                Ok(Written::Created)
            }
        }
    }
}

impl SeedProvider {
    /// The provider as the seed says, with the dates that the seed leaves open.
    fn after(&self, before: Option<&IdentityProvider>, now: Timestamp) -> IdentityProvider {
        let created = self.created.or(before.map(|before| before.created));
        let created = created.unwrap_or(now);
        let modified = self.modified.or(before.map(|before| before.modified));
        IdentityProvider {
            created,
            modified: modified.unwrap_or(created),
            ..self.provider.clone()
        }
    }
}

fn export(tx: &ReadTx<'_>, pool: &Pool) -> Result<Vec<Value>> {
    let mut shown = Vec::new();
    for provider in tx.providers(pool, None, MAX_PROVIDERS)?.items {
        let provider = tx.provider(pool, &provider.name)?;
        // As it was given: what Cognito adds to the details is added whenever they are shown.
        let details = provider.details.clone();
        shown.push(json!(IdentityProviderType {
            provider_details: Some(details),
            ..provider.into_type()
        }));
    }
    Ok(shown)
}
