//! What a provider tells of a user, as attributes of the pool (AWS's guide "Mapping attributes").

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::failure::failed;
use crate::domain::contact::Contact;
use crate::domain::provider::IdentityProvider;
use crate::domain::provider::details::claim_of_username;
use crate::domain::provider::identity::MAX_VALUE;
use crate::oauth2::error::Result;

/// The attribute of a mapping that names the user, and is none of the pool.
const USERNAME: &str = "username";

/// A user at a provider.
pub(super) struct Profile {
    /// What the user is called there.
    pub(super) subject: String,
    /// The values of the pool's attributes that the provider tells.
    pub(super) attributes: BTreeMap<String, String>,
}

/// The claims that the provider's mapping names.
pub(super) fn mapped_claims(provider: &IdentityProvider) -> Vec<&str> {
    let mapping = provider.mapping.iter().flatten();
    let mut claims: Vec<&str> = mapping.map(|(_, claim)| claim.as_str()).collect();
    claims.extend(claim_of_username(provider.provider_type));
    claims.sort_unstable();
    claims.dedup();
    claims
}

impl Profile {
    /// The user of these claims, by the provider's mapping. Claims that are missing are left out, and so are flags without the address
    /// that they are about.
    ///
    /// # Errors
    /// When no claim names the user.
    pub(super) fn of(provider: &IdentityProvider, claims: &Map<String, Value>) -> Result<Self> {
        let unmapped = BTreeMap::new();
        let mapping = provider.mapping.as_ref().unwrap_or(&unmapped);
        let claim = mapping.get(USERNAME).map(String::as_str);
        let claim = claim.or(claim_of_username(provider.provider_type));
        let subject = claim.and_then(|claim| text(claims.get(claim)?));
        let subject = subject.filter(|subject| subject.chars().count() <= MAX_VALUE);
        let subject = subject.ok_or_else(|| {
            failed(
                "username attribute mapping required",
                "no claim names the user",
            )
        })?;
        let told = mapping
            .iter()
            .filter(|(attribute, _)| *attribute != USERNAME);
        let told = told
            .filter_map(|(attribute, claim)| Some((attribute.clone(), text(claims.get(claim)?)?)));
        let mut attributes: BTreeMap<String, String> = told.collect();
        for contact in Contact::ALL {
            if !attributes.contains_key(contact.attribute()) {
                attributes.remove(contact.flag());
            }
        }
        Ok(Self {
            subject,
            attributes,
        })
    }
}

/// A claim as the value of an attribute. Returns `None` for one that says nothing.
fn text(claim: &Value) -> Option<String> {
    let text = match claim {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => claim.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::{IdentityProviderTypeType as ProviderType, Timestamp};

    fn provider(provider_type: ProviderType, mapping: &[(&str, &str)]) -> IdentityProvider {
        let mapping = mapping
            .iter()
            .map(|(attribute, claim)| ((*attribute).to_owned(), (*claim).to_owned()));
        IdentityProvider {
            name: "Login".to_owned(),
            provider_type,
            details: BTreeMap::new(),
            mapping: Some(mapping.collect()),
            identifiers: Vec::new(),
            acr_mapping: None,
            created: Timestamp::from_millis(0),
            modified: Timestamp::from_millis(0),
        }
    }

    fn read(provider: &IdentityProvider, claims: &Value) -> Option<Profile> {
        Profile::of(provider, claims.as_object().unwrap()).ok()
    }

    #[test]
    fn claims_become_the_attributes_that_they_are_mapped_to() {
        let login = provider(
            ProviderType::Oidc,
            &[
                ("username", "sub"),
                ("email", "mail"),
                ("email_verified", "ok"),
                ("custom:age", "age"),
                ("name", "gone"),
            ],
        );
        let claims = json!({"sub": "7", "mail": "ana@example.com", "ok": true, "age": 41, "gone": null, "other": "x"});
        let profile = read(&login, &claims).unwrap();
        let attributes: Vec<(&str, &str)> = { profile.attributes.iter() }
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(profile.subject, "7");
        let expected = [
            ("custom:age", "41"),
            ("email", "ana@example.com"),
            ("email_verified", "true"),
        ];
        assert_eq!(attributes, expected);
        let profile = read(&login, &json!({"sub": "7", "ok": true})).unwrap();
        assert!(profile.attributes.is_empty());
    }

    #[test]
    fn a_user_is_named_by_the_claim_of_the_type_unless_the_mapping_names_another() {
        for (provider_type, mapping, claims, subject) in [
            (ProviderType::Oidc, &[][..], json!({"sub": "7"}), Some("7")),
            (
                ProviderType::Facebook,
                &[],
                json!({"sub": "7", "id": 8}),
                Some("8"),
            ),
            (
                ProviderType::LoginWithAmazon,
                &[],
                json!({"user_id": "9"}),
                Some("9"),
            ),
            (
                ProviderType::Oidc,
                &[("username", "email")],
                json!({"sub": "7", "email": "a@b.test"}),
                Some("a@b.test"),
            ),
            (
                ProviderType::Oidc,
                &[("username", "email")],
                json!({"sub": "7"}),
                None,
            ),
            (ProviderType::Oidc, &[], json!({"sub": ""}), None),
            (
                ProviderType::Oidc,
                &[],
                json!({"sub": "x".repeat(256)}),
                None,
            ),
        ] {
            let found = read(&provider(provider_type, mapping), &claims);
            assert_eq!(
                found.map(|found| found.subject).as_deref(),
                subject,
                "{claims}"
            );
        }
    }
}
