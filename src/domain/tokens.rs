//! Tokens: which claims they make, and for how long (AWS's guides "Understanding the access token", "Understanding the
//! identity (ID) token" and "Refresh tokens").

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::api::Timestamp;
use crate::domain::client::AppClient;
use crate::domain::user::UserRecord;
use crate::error::{ApiError, Result};
use crate::ids::{ClientId, DeviceKey, UserPoolId};

/// The scope of every access token that a sign-in through the API gives.
const ADMIN_SCOPE: &str = "aws.cognito.signin.user.admin";

/// A sign-in that gave tokens.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    pub(crate) row: i64,
    /// The id that all its tokens carry.
    pub(crate) origin_jti: String,
    /// The device that it was made with, or that was issued by it.
    pub(crate) device: Option<DeviceKey>,
    /// When the user proved to be the user, in whole seconds.
    pub(crate) auth_time: Timestamp,
    /// When its refresh tokens end.
    pub(crate) expires: Timestamp,
    pub(crate) revoked: bool,
}

/// What is told by both tokens of an answer.
pub(crate) struct Issue<'a> {
    pub(crate) app: &'a AppClient,
    pub(crate) user: &'a UserRecord,
    pub(crate) sign_in: &'a SignIn,
    /// The issuer's URL.
    pub(crate) issuer: &'a str,
    /// The id of the request that gives the tokens.
    pub(crate) event: &'a str,
    pub(crate) now: Timestamp,
}

impl Issue<'_> {
    /// The claims of the access token with this id.
    pub(crate) fn access_claims(&self, jti: &str) -> Map<String, Value> {
        let mut claims = Claims::default();
        claims.set("sub", self.user.sub.as_str());
        if let Some(device) = &self.sign_in.device {
            claims.set("device_key", device.as_str());
        }
        claims.set("iss", self.issuer);
        claims.set("client_id", self.app.id.as_str());
        if self.app.revokes_tokens() {
            claims.set("origin_jti", self.sign_in.origin_jti.as_str());
        }
        claims.set("event_id", self.event);
        claims.set("token_use", "access");
        claims.set("scope", ADMIN_SCOPE);
        self.times(&mut claims, self.app.access_token_seconds());
        if self.app.revokes_tokens() {
            claims.set("jti", jti);
        }
        claims.set("username", self.user.username.as_str());
        claims.0
    }

    /// The claims of the ID token with this id: the user's attributes, as far as the client may read them, among them.
    pub(crate) fn id_claims(&self, jti: &str) -> Map<String, Value> {
        let mut claims = Claims::default();
        claims.set("sub", self.user.sub.as_str());
        for (name, value) in readable(self.app, &self.user.attributes) {
            claims.set(name, attribute(name, value));
        }
        claims.set("iss", self.issuer);
        claims.set("cognito:username", self.user.username.as_str());
        if self.app.revokes_tokens() {
            claims.set("origin_jti", self.sign_in.origin_jti.as_str());
        }
        claims.set("aud", self.app.id.as_str());
        claims.set("event_id", self.event);
        claims.set("token_use", "id");
        self.times(&mut claims, self.app.id_token_seconds());
        if self.app.revokes_tokens() {
            claims.set("jti", jti);
        }
        claims.0
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
}

/// The attributes that the client may read.
pub(crate) fn readable<'a>(
    app: &'a AppClient,
    attributes: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let attributes = attributes.iter().filter(|(name, _)| app.may_read(name));
    attributes.map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Whether an address or a number is verified is told as a flag, a postal address as OpenID Connect Core 1.0 section 5.1.1
/// has it, all else as a text.
fn attribute(name: &str, value: &str) -> Value {
    match name {
        "email_verified" | "phone_number_verified" => Value::from(value == "true"),
        "address" => json!({"formatted": value}),
        _ => Value::from(value),
    }
}

/// What a verified access token says.
pub(crate) struct AccessToken {
    pub(crate) sub: String,
    pub(crate) client: ClientId,
    /// The sign-in that it follows from; `None` where the client has token revocation switched off.
    pub(crate) origin_jti: Option<String>,
    pub(crate) auth_time: Timestamp,
}

impl AccessToken {
    /// What these claims say, whose signature has been verified.
    ///
    /// # Errors
    /// `NotAuthorizedException` of a token that is not an access token, has expired, or lacks the scope that the API needs.
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
        let scopes = text("scope").unwrap_or_default();
        if !scopes.split(' ').any(|scope| scope == ADMIN_SCOPE) {
            return Err(ApiError::not_authorized(
                "Access Token does not have required scopes",
            ));
        }
        Ok(Self {
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

/// The pool that an issuer's URL names: its last part.
pub(crate) fn pool_of_issuer(claims: &Map<String, Value>) -> Option<UserPoolId> {
    let issuer = claims.get("iss")?.as_str()?;
    let (_, pool) = issuer.rsplit_once('/')?;
    Some(UserPoolId::from(pool.to_owned()))
}
