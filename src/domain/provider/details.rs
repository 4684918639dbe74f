//! The details of identity providers by their type: which are required, which Cognito adds when it shows them, and which are
//! secrets (AWS API reference, `CreateIdentityProvider`, `ProviderDetails`).

use std::collections::BTreeMap;

use crate::api::IdentityProviderTypeType as ProviderType;
use crate::error::{ApiError, Result};

/// The version of Facebook's API of a provider that names none.
const FACEBOOK_VERSION: &str = "v17.0";

/// Details by name. All values are texts, also those that mean a flag.
pub(crate) type Details = BTreeMap<String, String>;

/// Whether the detail is a secret, which is not kept in the clear.
pub(crate) fn is_secret(name: &str) -> bool {
    matches!(name, "client_secret" | "private_key")
}

/// Whether only one provider of a pool can have the type, so that it is named after the type.
pub(crate) fn is_social(provider_type: ProviderType) -> bool {
    match provider_type {
        ProviderType::Facebook
        | ProviderType::Google
        | ProviderType::LoginWithAmazon
        | ProviderType::SignInWithApple => true,
        ProviderType::Saml | ProviderType::Oidc => false,
    }
}

/// The claim that names a user at a provider whose mapping of attributes leaves it open; `None` for SAML, where it is the subject.
pub(crate) fn claim_of_username(provider_type: ProviderType) -> Option<&'static str> {
    match provider_type {
        ProviderType::Facebook => Some("id"),
        ProviderType::LoginWithAmazon => Some("user_id"),
        ProviderType::Google | ProviderType::SignInWithApple | ProviderType::Oidc => Some("sub"),
        ProviderType::Saml => None,
    }
}

/// Checks that the details have what a provider of this type needs.
///
/// # Errors
/// `InvalidParameterException`.
pub(crate) fn check(provider_type: ProviderType, details: &Details) -> Result<()> {
    let has = |name: &str| details.get(name).is_some_and(|value| !value.is_empty());
    if provider_type == ProviderType::Saml {
        let has_metadata = has("MetadataURL") || has("MetadataFile");
        return if has_metadata {
            Ok(())
        } else {
            Err(ApiError::no_saml_metadata())
        };
    }
    let required = required(provider_type);
    if required.iter().all(|name| has(name)) {
        check_values(provider_type, details)
    } else {
        Err(ApiError::missing_provider_details(required))
    }
}

/// The details without which a provider of this type cannot be used, but for SAML.
fn required(provider_type: ProviderType) -> &'static [&'static str] {
    match provider_type {
        ProviderType::Saml => &[],
        ProviderType::Facebook | ProviderType::Google | ProviderType::LoginWithAmazon => {
            &["client_id", "client_secret", "authorize_scopes"]
        }
        ProviderType::SignInWithApple => &[
            "client_id",
            "team_id",
            "key_id",
            "private_key",
            "authorize_scopes",
        ],
        ProviderType::Oidc => &[
            "client_id",
            "attributes_request_method",
            "oidc_issuer",
            "authorize_scopes",
        ],
    }
}

fn check_values(provider_type: ProviderType, details: &Details) -> Result<()> {
    if provider_type != ProviderType::Oidc {
        return Ok(());
    }
    let value = |name: &str| details.get(name).map_or("", String::as_str);
    if !matches!(value("attributes_request_method"), "GET" | "POST") {
        return Err(ApiError::bad_provider_detail(
            "attributes_request_method must be GET or POST.",
        ));
    }
    let url = value("oidc_issuer");
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(ApiError::bad_provider_detail("oidc_issuer must be a URL."));
    }
    Ok(())
}

/// The details as answers show them: with those that Cognito adds, and without Apple's private key.
pub(crate) fn shown(provider_type: ProviderType, mut details: Details) -> Details {
    if provider_type == ProviderType::SignInWithApple {
        details.remove("private_key");
    }
    completed(provider_type, details)
}

/// The details with those that Cognito adds.
pub(crate) fn completed(provider_type: ProviderType, mut details: Details) -> Details {
    let version = details.get("api_version").cloned();
    for (name, value) in added(provider_type, version.as_deref()) {
        details.entry(name.to_owned()).or_insert(value);
    }
    details
}

/// The details that Cognito adds. `version` is that of Facebook's API, if the provider names one.
fn added(provider_type: ProviderType, version: Option<&str>) -> Vec<(&'static str, String)> {
    let fixed: &[(&'static str, &str)] = match provider_type {
        ProviderType::Facebook => return added_to_facebook(version),
        ProviderType::Google => &[
            (
                "attributes_url",
                "https://people.googleapis.com/v1/people/me?personFields=",
            ),
            ("attributes_url_add_attributes", "true"),
            (
                "authorize_url",
                "https://accounts.google.com/o/oauth2/v2/auth",
            ),
            ("oidc_issuer", "https://accounts.google.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://www.googleapis.com/oauth2/v4/token"),
        ],
        ProviderType::LoginWithAmazon => &[
            ("attributes_url", "https://api.amazon.com/user/profile"),
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://www.amazon.com/ap/oa"),
            ("token_request_method", "POST"),
            ("token_url", "https://api.amazon.com/auth/o2/token"),
        ],
        ProviderType::SignInWithApple => &[
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://appleid.apple.com/auth/authorize"),
            ("oidc_issuer", "https://appleid.apple.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://appleid.apple.com/auth/token"),
        ],
        ProviderType::Oidc => &[("attributes_url_add_attributes", "false")],
        ProviderType::Saml => &[("IDPSignout", "false")],
    };
    let fixed = fixed.iter();
    fixed
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

/// Without a version, the address of the attributes has none, and the others have the one of AWS's samples.
fn added_to_facebook(version: Option<&str>) -> Vec<(&'static str, String)> {
    let used = version.unwrap_or(FACEBOOK_VERSION);
    let me = version.map_or_else(
        || "https://graph.facebook.com/me?fields=".to_owned(),
        |version| format!("https://graph.facebook.com/{version}/me?fields="),
    );
    vec![
        ("attributes_url", me),
        ("attributes_url_add_attributes", "true".to_owned()),
        (
            "authorize_url",
            format!("https://www.facebook.com/{used}/dialog/oauth"),
        ),
        ("token_request_method", "GET".to_owned()),
        (
            "token_url",
            format!("https://graph.facebook.com/{used}/oauth/access_token"),
        ),
    ]
}
