//! App clients, as apps are configured with them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::registry::POOL;
use super::srp::mac;

/// The flows that a client of a test allows: all that are served, SRP, the password by users and by administrators, and refreshing.
pub(crate) const FLOWS: [&str; 4] = [
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
];

/// The client of most tests.
pub(crate) const WEB: AppClient<'_> = AppClient::new(POOL, "web00000000000000000000001");

/// A client with a secret.
pub(crate) const WITH_SECRET: AppClient<'_> =
    AppClient::new(POOL, "secret00000000000000000001").with_secret("0123456789abcdefghijklmnopqr");

/// A client with [`hides_users`].
pub(crate) const DISCREET: AppClient<'_> = AppClient::new(POOL, "discreet000000000000000001");

/// The setting of a client that does not tell which users exist.
pub(crate) fn hides_users() -> Value {
    json!({"PreventUserExistenceErrors": "ENABLED"})
}

/// An app client, as an app is configured with it.
#[derive(Clone, Copy)]
pub(crate) struct AppClient<'a> {
    pub(crate) pool: &'a str,
    pub(crate) id: &'a str,
    pub(crate) secret: Option<&'a str>,
}

impl<'a> AppClient<'a> {
    /// A client without a secret.
    pub(crate) const fn new(pool: &'a str, id: &'a str) -> Self {
        Self {
            pool,
            id,
            secret: None,
        }
    }

    /// The same client with this secret.
    pub(crate) const fn with_secret(self, secret: &'a str) -> Self {
        Self {
            secret: Some(secret),
            ..self
        }
    }

    /// The parameters, with the hash that goes with their `USERNAME` unless they have one.
    pub(super) fn hashed(&self, mut parameters: Value) -> Value {
        if let (Some(secret), Some(name), None) = (
            self.secret,
            parameters["USERNAME"].as_str(),
            parameters.get("SECRET_HASH"),
        ) {
            parameters["SECRET_HASH"] = secret_hash(secret, name, self.id).into();
        }
        parameters
    }
}

/// `SECRET_HASH`.
pub(crate) fn secret_hash(secret: &str, name: &str, client: &str) -> String {
    STANDARD.encode(mac(
        secret.as_bytes(),
        &[name.as_bytes(), client.as_bytes()],
    ))
}
