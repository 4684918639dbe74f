//! An identity provider of a pool: another place where users sign in.

pub(crate) mod details;
pub(crate) mod identity;
pub(crate) mod person;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use self::details::Details;
use crate::api::{
    IdentityProviderType, IdentityProviderTypeType as ProviderType, ProviderDescription, Timestamp,
};
use crate::domain::user::attributes::Schema;
use crate::error::{ApiError, Result};

/// The most identity providers that a pool may have (AWS's guide "Quotas in Amazon Cognito").
pub(crate) const MAX_PROVIDERS: u32 = 1_000;

/// The name of the pool itself where providers are named. No provider can have it.
pub(crate) const COGNITO: &str = "COGNITO";

/// An identity provider of a pool.
#[derive(Clone, PartialEq)]
pub(crate) struct IdentityProvider {
    pub(crate) name: String,
    pub(crate) provider_type: ProviderType,
    /// What was given of it, secrets included.
    pub(crate) details: Details,
    /// Attributes of the pool, each with the claim that it has the value of.
    pub(crate) mapping: Option<BTreeMap<String, String>>,
    /// Further names by which an authorization request can ask for it.
    pub(crate) identifiers: Vec<String>,
    pub(crate) acr_mapping: Option<BTreeMap<String, String>>,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

impl fmt::Debug for IdentityProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityProvider({})", self.name)
    }
}

impl IdentityProvider {
    /// Names the claim of the username in the mapping of a new provider that leaves it open.
    pub(crate) fn complete_mapping(&mut self) {
        if let Some(claim) = details::claim_of_username(self.provider_type) {
            let mapping = self.mapping.get_or_insert_default();
            mapping
                .entry("username".to_owned())
                .or_insert_with(|| claim.to_owned());
        }
    }

    /// Checks a provider that a request gives: that it has all the details that its type needs, and as [`Self::check_known`].
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn check(&self, schema: &Schema) -> Result<()> {
        check_name(&self.name, self.provider_type)?;
        details::check(self.provider_type, &self.details)?;
        self.check_known(schema)
    }

    /// Checks a provider of which not everything needs to be known, as of one that AWS printed: its name, and its mapping against
    /// the schema of its pool.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn check_known(&self, schema: &Schema) -> Result<()> {
        check_name(&self.name, self.provider_type)?;
        if self.acr_mapping.is_some() && self.provider_type != ProviderType::Oidc {
            return Err(ApiError::acr_mapping_without_oidc());
        }
        let mut seen = BTreeSet::new();
        let mut identifiers = self.identifiers.iter();
        if let Some(twice) = identifiers.find(|identifier| !seen.insert(*identifier)) {
            return Err(ApiError::identifier_given_twice(twice));
        }
        self.check_mapping(schema)
    }

    fn check_mapping(&self, schema: &Schema) -> Result<()> {
        let attributes = self.mapping.iter().flat_map(BTreeMap::keys);
        let unknown = attributes.filter(|name| *name != "username" && !schema.has(name));
        let unknown: Vec<&str> = unknown.map(String::as_str).collect();
        if unknown.is_empty() {
            Ok(())
        } else {
            Err(ApiError::bad_attribute_mapping(&unknown))
        }
    }

    /// The provider as answers show it, without the id of its pool.
    pub(crate) fn into_type(self) -> IdentityProviderType {
        IdentityProviderType {
            acr_mapping: self.acr_mapping,
            attribute_mapping: self.mapping,
            creation_date: Some(self.created),
            idp_identifiers: Some(self.identifiers),
            last_modified_date: Some(self.modified),
            provider_details: Some(details::shown(self.provider_type, self.details)),
            provider_name: Some(self.name),
            provider_type: Some(self.provider_type),
            user_pool_id: None,
        }
    }

    /// The provider as lists show it.
    pub(crate) fn into_description(self) -> ProviderDescription {
        ProviderDescription {
            creation_date: Some(self.created),
            last_modified_date: Some(self.modified),
            provider_name: Some(self.name),
            provider_type: Some(self.provider_type),
        }
    }
}

/// Providers of some types are named after their type, and no other provider has such a name.
fn check_name(name: &str, provider_type: ProviderType) -> Result<()> {
    let mut types = ProviderType::ALL.iter().copied();
    let named_after = types.find(|of| details::is_social(*of) && of.as_str() == name);
    let is_social = details::is_social(provider_type);
    let fits = match named_after {
        Some(of) => of == provider_type,
        None => !is_social && !name.eq_ignore_ascii_case(COGNITO),
    };
    if fits {
        Ok(())
    } else {
        Err(ApiError::provider_of_other_type(name, provider_type))
    }
}
