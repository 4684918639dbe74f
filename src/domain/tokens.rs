//! The claims of access and ID tokens, and their validity (AWS's guides "Understanding the access token", "Understanding the
//! identity (ID) token" and "Refresh tokens").

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::api::Timestamp;
use crate::domain::client::AppClient;
use crate::domain::group::{Group, preferred_role};
use crate::domain::provider::identity::{IDENTITIES, Identity, identities};
use crate::domain::scopes::{self, Scopes};
use crate::domain::user::UserRecord;
use crate::error::{ApiError, Result};
use crate::ids::{ClientId, DeviceKey, UserPoolId};

/// The claim `version` of access tokens that were granted through OAuth 2.0.
const VERSION: i64 = 2;

/// A stored sign-in that issued tokens.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    /// The claim `origin_jti` of all tokens of this sign-in, by which it is known.
    pub(crate) origin_jti: String,
    /// The device that took part in the sign-in, or that the sign-in issued.
    pub(crate) device: Option<DeviceKey>,
    /// When the user was authenticated, in whole seconds.
    pub(crate) auth_time: Timestamp,
    /// When the refresh tokens of this sign-in expire.
    pub(crate) expires: Timestamp,
    pub(crate) revoked: bool,
    /// The scopes of its access tokens.
    pub(crate) scopes: Scopes,
    /// The resource that its access tokens are for (RFC 8707), if one was named.
    pub(crate) resource: Option<String>,
}

/// The facts that both tokens of an answer are made of.
pub(crate) struct Issue<'a> {
    pub(crate) app: &'a AppClient,
    pub(crate) user: &'a UserRecord,
    /// The groups that the user is in, in the order of their ranks.
    pub(crate) groups: &'a [Group],
    pub(crate) sign_in: &'a SignIn,
    /// The value that the ID token repeats (OpenID Connect Core 1.0 section 3.1.2.1).
    pub(crate) nonce: Option<&'a str>,
    /// The issuer's URL.
    pub(crate) issuer: &'a str,
    /// The claim `event_id`: the id of the sign-in's event, or of the request where no event is recorded.
    pub(crate) event: &'a str,
    pub(crate) now: Timestamp,
}

impl Issue<'_> {
    /// The claims of the access token with the id `jti`.
    pub(crate) fn access_claims(&self, jti: &str) -> Map<String, Value> {
        let mut claims = Claims::default();
        claims.set("sub", self.user.sub.as_str());
        if let Some(device) = &self.sign_in.device {
            claims.set("device_key", device.as_str());
        }
        self.name_groups(&mut claims);
        claims.set("iss", self.issuer);
        claims.set("client_id", self.app.id.as_str());
        if self.app.revokes_tokens() {
            claims.set("origin_jti", self.sign_in.origin_jti.as_str());
        }
        claims.set("event_id", self.event);
        claims.set("token_use", "access");
        claims.set("scope", self.sign_in.scopes.claim());
        if self.sign_in.scopes.are_granted() {
            claims.set("version", VERSION);
        }
        if let Some(resource) = &self.sign_in.resource {
            claims.set("aud", resource.as_str());
        }
        self.times(&mut claims, self.app.access_token_seconds());
        if self.app.revokes_tokens() {
            claims.set("jti", jti);
        }
        claims.set("username", self.user.username.as_str());
        claims.0
    }

    /// The claims of the ID token with the id `jti`, with the user's attributes that the client may read and the scopes show.
    pub(crate) fn id_claims(&self, jti: &str) -> Map<String, Value> {
        let mut claims = Claims::default();
        claims.set("sub", self.user.sub.as_str());
        self.name_groups(&mut claims);
        let scopes = &self.sign_in.scopes;
        let shown = readable(self.app, &self.user.attributes).filter(|(name, _)| scopes.show(name));
        for (name, value) in shown.filter(|(name, _)| *name != IDENTITIES) {
            claims.set(name, attribute(name, value));
        }
        let identities = identities(self.user.attributes.get(IDENTITIES)).unwrap_or_default();
        if !identities.is_empty() {
            let identities = identities.into_iter().map(Identity::into_claim);
            claims.set(IDENTITIES, identities.collect::<Vec<Value>>());
        }
        if let Some(nonce) = self.nonce {
            claims.set("nonce", nonce);
        }
        if let Some(role) = preferred_role(self.groups) {
            claims.set("cognito:preferred_role", role);
        }
        claims.set("iss", self.issuer);
        claims.set("cognito:username", self.user.username.as_str());
        if self.app.revokes_tokens() {
            claims.set("origin_jti", self.sign_in.origin_jti.as_str());
        }
        let roles = self
            .groups
            .iter()
            .filter_map(|group| group.role_arn.as_deref());
        claims.set_list("cognito:roles", roles);
        claims.set("aud", self.app.id.as_str());
        claims.set("event_id", self.event);
        claims.set("token_use", "id");
        self.times(&mut claims, self.app.id_token_seconds());
        if self.app.revokes_tokens() {
            claims.set("jti", jti);
        }
        claims.0
    }

    fn name_groups(&self, claims: &mut Claims) {
        claims.set_list(
            "cognito:groups",
            self.groups.iter().map(|group| group.name.as_str()),
        );
    }

    fn times(&self, claims: &mut Claims, seconds: i64) {
        let now = self.now.millis().div_euclid(1000);
        claims.set(
            "auth_time",
            self.sign_in.auth_time.millis().div_euclid(1000),
        );
        claims.set("exp", now.saturating_add(seconds));
        claims.set("iat", now);
    }
}

#[derive(Default)]
struct Claims(Map<String, Value>);

impl Claims {
    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Sets a claim that lists texts, unless there are none.
    fn set_list<'a>(&mut self, name: &str, texts: impl Iterator<Item = &'a str>) {
        let texts: Vec<Value> = texts.map(Value::from).collect();
        if !texts.is_empty() {
            self.set(name, texts);
        }
    }
}

/// The attributes that the client may read.
pub(crate) fn readable<'a>(
    app: &'a AppClient,
    attributes: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let attributes = attributes.iter().filter(|(name, _)| app.may_read(name));
    attributes.map(|(name, value)| (name.as_str(), value.as_str()))
}

/// The value of a claim: a boolean for flags of verification, an object for a postal address (OpenID Connect Core 1.0 section
/// 5.1.1), otherwise text.
fn attribute(name: &str, value: &str) -> Value {
    match name {
        "email_verified" | "phone_number_verified" => Value::from(value == "true"),
        "address" => json!({"formatted": value}),
        _ => Value::from(value),
    }
}

/// The claims of a verified access token that operations use.
pub(crate) struct AccessToken {
    pub(crate) sub: String,
    pub(crate) client: ClientId,
    /// The sign-in that issued the token; `None` if the client does not revoke tokens.
    pub(crate) origin_jti: Option<String>,
    pub(crate) auth_time: Timestamp,
    pub(crate) scopes: Scopes,
}

impl AccessToken {
    /// Reads claims whose signature was verified.
    ///
    /// # Errors
    /// `NotAuthorizedException` if the token is not an access token, or has expired.
    pub(crate) fn of(claims: &Map<String, Value>, now: Timestamp) -> Result<Self> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let number = |name: &str| claims.get(name).and_then(Value::as_i64);
        let invalid =
            || ApiError::not_authorized("Invalid Access Token").because("the token lacks a claim");
        if text("token_use") != Some("access") {
            return Err(invalid().because("not an access token"));
        }
        let expires = number("exp").ok_or_else(invalid)?;
        if now.millis() >= expires.saturating_mul(1000) {
            return Err(ApiError::not_authorized("Access Token has expired"));
        }
        Ok(Self {
            scopes: Scopes::parse(text("scope").unwrap_or_default()),
            sub: text("sub").ok_or_else(invalid)?.to_owned(),
            client: ClientId::from(text("client_id").ok_or_else(invalid)?.to_owned()),
            origin_jti: text("origin_jti").map(str::to_owned),
            auth_time: Timestamp::from_millis(
                number("auth_time")
                    .ok_or_else(invalid)?
                    .saturating_mul(1000),
            ),
        })
    }
}

impl AccessToken {
    /// Checks the scope that the API's operations require.
    ///
    /// # Errors
    /// `NotAuthorizedException` if the token lacks it.
    pub(crate) fn check_api_scope(&self) -> Result<()> {
        if self.scopes.contain(scopes::API) {
            return Ok(());
        }
        Err(ApiError::not_authorized(
            "Access Token does not have required scopes",
        ))
    }
}

/// The claims of an access token of a client itself, which has no user (RFC 6749 section 4.4).
pub(crate) struct MachineIssue<'a> {
    pub(crate) app: &'a AppClient,
    pub(crate) scopes: &'a Scopes,
    /// The issuer's URL.
    pub(crate) issuer: &'a str,
    pub(crate) now: Timestamp,
}

impl MachineIssue<'_> {
    /// The claims of the access token with the id `jti`.
    pub(crate) fn access_claims(&self, jti: &str) -> Map<String, Value> {
        let now = self.now.millis().div_euclid(1000);
        let mut claims = Claims::default();
        claims.set("sub", self.app.id.as_str());
        claims.set("token_use", "access");
        claims.set("scope", self.scopes.claim());
        claims.set("auth_time", now);
        claims.set("iss", self.issuer);
        claims.set("exp", now.saturating_add(self.app.access_token_seconds()));
        claims.set("iat", now);
        claims.set("version", VERSION);
        claims.set("jti", jti);
        claims.set("client_id", self.app.id.as_str());
        claims.0
    }
}

/// What userInfo tells of a user: the attributes that the client may read and the scopes show. Flags of verification are texts
/// there (AWS's guide "userInfo endpoint").
pub(crate) fn user_info(app: &AppClient, user: &UserRecord, scopes: &Scopes) -> Map<String, Value> {
    let mut claims = Claims::default();
    claims.set("sub", user.sub.as_str());
    for (name, value) in readable(app, &user.attributes).filter(|(name, _)| scopes.show(name)) {
        let value = match name {
            "email_verified" | "phone_number_verified" => Value::from(value),
            _ => attribute(name, value),
        };
        claims.set(name, value);
    }
    claims.set("username", user.username.as_str());
    claims.0
}

/// The pool that the claim `iss` names by its last part.
pub(crate) fn pool_of_issuer(claims: &Map<String, Value>) -> Option<UserPoolId> {
    let issuer = claims.get("iss")?.as_str()?;
    let (_, pool) = issuer.rsplit_once('/')?;
    Some(UserPoolId::from(pool.to_owned()))
}
