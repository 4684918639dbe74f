//! How a provider is talked to: its addresses, and how this server proves there who it is.
//!
//! A provider of any type is a set of details; those that are missing are in its discovery document (OpenID Connect Discovery 1.0
//! section 4). Google and Apple are providers of OpenID Connect; Facebook and Amazon give no ID token, and tell by `attributes_url`
//! who has signed in.

use serde_json::json;

use super::failure::{Asked, failed, unreachable};
use crate::api::{IdentityProviderTypeType as ProviderType, Sensitive};
use crate::auth::es256::Es256Key;
use crate::context::Cx;
use crate::domain::provider::IdentityProvider;
use crate::domain::provider::details::{self, Details};
use crate::fetch::{Document, may_call};
use crate::oauth2::error::{OAuthError, Result};

/// How long Apple is shown a proof, in seconds.
const PROOF_SECONDS: i64 = 5 * 60;

/// The detail with the address of claims, and the one that says whether their names are added to it.
const CLAIMS: &str = "attributes_url";
const NAMES_CLAIMS: &str = "attributes_url_add_attributes";

/// A provider, ready to be talked to.
pub(super) struct Party {
    pub(super) provider_type: ProviderType,
    pub(super) name: String,
    pub(super) client_id: String,
    details: Details,
    discovered: Option<Document>,
}

/// How ID tokens of a provider are judged.
pub(super) struct Issuer {
    pub(super) url: String,
    pub(super) keys: String,
}

impl Party {
    /// The provider with all that has to be known of it.
    ///
    /// # Errors
    /// Why its discovery document cannot be had or used.
    pub(super) async fn open(cx: &Cx, provider: &IdentityProvider) -> Result<Self> {
        let mut details = details::completed(provider.provider_type, provider.details.clone());
        details.retain(|_, value| !value.is_empty());
        if provider.provider_type == ProviderType::Google && !provider.details.contains_key(CLAIMS)
        {
            // The address that Cognito shows tells in a form of its own what userInfo tells in claims.
            details.remove(CLAIMS);
            details.remove(NAMES_CLAIMS);
        }
        let needed: &[&str] = match provider.provider_type {
            ProviderType::Oidc | ProviderType::Google => {
                &["authorize_url", "token_url", "jwks_uri", CLAIMS]
            }
            ProviderType::SignInWithApple => &["jwks_uri"],
            ProviderType::Facebook | ProviderType::LoginWithAmazon | ProviderType::Saml => &[],
        };
        let discovers = !needed.iter().all(|name| details.contains_key(*name));
        let mut party = Self {
            provider_type: provider.provider_type,
            name: provider.name.clone(),
            client_id: details.get("client_id").cloned().unwrap_or_default(),
            details,
            discovered: None,
        };
        if discovers {
            party.discovered = Some(party.discover(cx).await?);
        }
        Ok(party)
    }

    async fn discover(&self, cx: &Cx) -> Result<Document> {
        let issuer = self.detail("oidc_issuer");
        let url = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let document = cx.fetch_document(&url).await;
        let document = document.map_err(|error| unreachable(Asked::Discovery, &error))?;
        if document.get("issuer").and_then(|named| named.as_str()) == Some(issuer) {
            Ok(document)
        } else {
            Err(failed(
                "Bad issuer in discovery document",
                "the document names another issuer",
            ))
        }
    }

    fn detail(&self, name: &str) -> &str {
        self.details.get(name).map_or("", String::as_str)
    }

    /// An address: as given, or else as discovered. Returns `None` if neither says it.
    fn address(&self, given: &str, discovered: &str) -> Option<String> {
        let document = || self.discovered.as_ref()?.get(discovered)?.as_str();
        let given = self.details.get(given).map(String::as_str);
        given.or_else(document).map(str::to_owned)
    }

    fn needed(&self, given: &str, discovered: &str) -> Result<String> {
        let address = self
            .address(given, discovered)
            .filter(|address| may_call(address));
        let missing = || format!("the provider has no usable {given}");
        address.ok_or_else(|| failed("Bad configuration of identity provider", missing()))
    }

    /// Where browsers are sent.
    ///
    /// # Errors
    /// When it is missing or unusable.
    pub(super) fn authorization_endpoint(&self) -> Result<String> {
        self.needed("authorize_url", "authorization_endpoint")
    }

    /// Where codes are exchanged.
    ///
    /// # Errors
    /// When it is missing or unusable.
    pub(super) fn token_endpoint(&self) -> Result<String> {
        self.needed("token_url", "token_endpoint")
    }

    /// Whether codes are exchanged by GET.
    pub(super) fn exchanges_by_get(&self) -> bool {
        self.detail("token_request_method") == "GET"
    }

    /// Who signs the ID tokens. Returns `None` if the provider gives none.
    ///
    /// # Errors
    /// When the address of the keys is missing or unusable.
    pub(super) fn issuer(&self) -> Result<Option<Issuer>> {
        if !self.gives_id_tokens() {
            return Ok(None);
        }
        Ok(Some(Issuer {
            url: self.detail("oidc_issuer").to_owned(),
            keys: self.needed("jwks_uri", "jwks_uri")?,
        }))
    }

    /// Whether the provider is one of OpenID Connect, not of OAuth 2.0 alone.
    pub(super) fn gives_id_tokens(&self) -> bool {
        match self.provider_type {
            ProviderType::Oidc | ProviderType::Google | ProviderType::SignInWithApple => true,
            ProviderType::Facebook | ProviderType::LoginWithAmazon | ProviderType::Saml => false,
        }
    }

    /// Where claims are asked for, those of the mapping if the provider wants them named. Returns `None` if it tells none there.
    pub(super) fn user_info_endpoint(&self, mapped: &[&str]) -> Option<String> {
        let address = self.address(CLAIMS, "userinfo_endpoint")?;
        if self.detail(NAMES_CLAIMS) == "true" {
            Some(format!("{address}{}", mapped.join(",")))
        } else {
            Some(address)
        }
    }

    /// Whether claims are asked for by POST.
    pub(super) fn tells_by_post(&self) -> bool {
        self.detail("attributes_request_method") == "POST"
    }

    /// The scopes that are asked for.
    pub(super) fn scopes(&self) -> &str {
        self.detail("authorize_scopes")
    }

    /// Whether the provider says that it takes challenges (RFC 8414 section 2).
    pub(super) fn takes_challenge(&self) -> bool {
        let methods = self.discovered.as_ref();
        let methods = methods.and_then(|document| document.get("code_challenge_methods_supported"));
        let methods = methods.and_then(|methods| methods.as_array());
        methods.is_some_and(|methods| methods.iter().any(|method| method == "S256"))
    }

    /// Whether an answer that names this issuer can be the provider's (RFC 9207).
    pub(super) fn is_issued_by(&self, issuer: &str) -> bool {
        self.details
            .get("oidc_issuer")
            .is_none_or(|own| own == issuer)
    }

    /// What proves to the provider that this server asks: the client's secret, for Apple a token that its key signs. Returns `None` if
    /// the provider has given none.
    ///
    /// # Errors
    /// When the key is none.
    pub(super) fn secret(&self, cx: &Cx) -> Result<Option<Sensitive<String>>> {
        if self.provider_type != ProviderType::SignInWithApple {
            return Ok(self.details.get("client_secret").cloned().map(Into::into));
        }
        let now = cx.system_now().millis().div_euclid(1000);
        let claims = json!({
            "iss": self.detail("team_id"),
            "iat": now,
            "exp": now.saturating_add(PROOF_SECONDS),
            "aud": self.detail("oidc_issuer"),
            "sub": self.client_id,
        });
        let key = Es256Key::from_pem(self.detail("private_key"));
        let proof = key.and_then(|key| key.sign(self.detail("key_id"), &claims));
        let unusable = || -> OAuthError {
            failed(
                "Bad configuration of identity provider",
                "the private key cannot be used",
            )
        };
        proof.map(Some).ok_or_else(unusable)
    }
}
