//! Access keys, and what they sign.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use chrono::{DateTime, Utc};

use super::server::App;

/// What a client signs with.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) region: String,
    pub(crate) service: String,
    /// How many seconds the client's clock is ahead of the server's.
    pub(crate) ahead: i64,
}

impl Default for Key {
    fn default() -> Self {
        Self::new("test", "test")
    }
}

impl Key {
    /// An access key that signs for the server's Region and service.
    pub(crate) fn new(id: &str, secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            region: "us-east-1".to_owned(),
            service: "cognito-idp".to_owned(),
            ahead: 0,
        }
    }

    /// A request for an operation, signed by AWS's own signer.
    pub(crate) fn sign(&self, app: &App, operation: &str, body: Vec<u8>) -> http::Request<Vec<u8>> {
        self.sign_request(app, app.request(operation, body))
    }

    /// Signs any request.
    pub(crate) fn sign_request(
        &self,
        app: &App,
        request: http::Request<Vec<u8>>,
    ) -> http::Request<Vec<u8>> {
        self.sign_at(app.now(), request)
    }

    /// Signs a request at this time.
    pub(crate) fn sign_at(
        &self,
        now: DateTime<Utc>,
        mut request: http::Request<Vec<u8>>,
    ) -> http::Request<Vec<u8>> {
        let identity = Credentials::from_keys(&self.id, &self.secret, None).into();
        let now = now + chrono::TimeDelta::seconds(self.ahead);
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(SystemTime::from(now))
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            headers,
            SignableBody::Bytes(request.body()),
        )
        .unwrap();
        let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}
