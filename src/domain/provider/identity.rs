//! The identities that a user has at identity providers, as the attribute `identities` of the user shows them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::{IdentityProviderTypeType as ProviderType, Timestamp};

/// The attribute of a user that shows the user's identities, a JSON list.
pub(crate) const IDENTITIES: &str = "identities";

/// What stands for the subject of a user at a provider where an attribute is named.
pub(crate) const SUBJECT: &str = "Cognito_Subject";

/// The longest value by which an identity is found, in characters: that of a subject (OpenID Connect Core 1.0 section 2).
pub(crate) const MAX_VALUE: usize = 255;

/// The most identities that a user may have (AWS API reference, `AdminLinkProviderForUser`).
pub(crate) const MAX_IDENTITIES: usize = 5;

/// An identity of a user at an identity provider. Its members are those of Cognito, but for the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    /// The user's subject at the provider, or the value of [`Identity::attribute`].
    pub(crate) user_id: String,
    pub(crate) provider_name: String,
    pub(crate) provider_type: ProviderType,
    /// The entity id of a SAML provider; `None` for all others.
    #[serde(default)]
    pub(crate) issuer: Option<String>,
    /// Whether the user was made for this identity, and not linked to it.
    #[serde(default)]
    pub(crate) primary: bool,
    /// Milliseconds since 1970.
    #[serde(default)]
    pub(crate) date_created: i64,
    /// The attribute of the pool by whose value the identity was linked, if not by the subject. Cognito does not show it; here it
    /// is what an export knows of it.
    #[serde(
        rename = "providerAttributeName",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) by: Option<String>,
}

impl Identity {
    /// An identity that an existing user is linked to, by the value of `attribute`.
    pub(crate) fn linked(
        provider: (&str, ProviderType),
        attribute: &str,
        value: &str,
        now: Timestamp,
    ) -> Self {
        let (name, provider_type) = provider;
        Self {
            user_id: value.to_owned(),
            provider_name: name.to_owned(),
            provider_type,
            issuer: None,
            primary: false,
            date_created: now.millis(),
            by: (attribute != SUBJECT).then(|| attribute.to_owned()),
        }
    }

    /// The identity as the claim `identities` of ID tokens shows it: there the flag and the time are texts.
    pub(crate) fn into_claim(self) -> Value {
        json!({
            "dateCreated": self.date_created.to_string(),
            "userId": self.user_id,
            "providerName": self.provider_name,
            "providerType": self.provider_type,
            "issuer": self.issuer,
            "primary": self.primary.to_string(),
        })
    }

    /// The attribute by whose value the identity is found.
    pub(crate) fn attribute(&self) -> &str {
        self.by.as_deref().unwrap_or(SUBJECT)
    }

    /// Whether it is the identity at the provider with this value of the attribute.
    pub(crate) fn is(&self, provider: &str, attribute: &str, value: &str) -> bool {
        self.provider_name == provider && self.attribute() == attribute && self.user_id == value
    }
}

/// The identities in the value of the attribute. Returns `None` if the value is no such list.
pub(crate) fn identities(value: Option<&String>) -> Option<Vec<Identity>> {
    value.map_or_else(
        || Some(Vec::new()),
        |value| serde_json::from_str(value).ok(),
    )
}
