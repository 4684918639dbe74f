//! App clients, as apps are configured with them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::srp::mac;

/// An app client, as an app is configured with it.
#[derive(Clone, Copy)]
pub(crate) struct AppClient<'a> {
    pub(crate) pool: &'a str,
    pub(crate) id: &'a str,
    pub(crate) secret: Option<&'a str>,
}

impl<'a> AppClient<'a> {
    pub(crate) const fn new(pool: &'a str, id: &'a str) -> Self {
        Self {
            pool,
            id,
            secret: None,
        }
    }

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
