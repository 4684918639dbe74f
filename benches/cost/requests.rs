//! `AdminGetDevice` requests as they go over the wire, signed by AWS's own signer.

#![expect(
    clippy::disallowed_methods,
    reason = "a signature holds for five minutes of real time"
)]

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde_json::{Value, json};

use crate::Error;
use crate::lookups::registry::{POOL, Registry};

/// The shipped access key, id and secret.
const ACCESS_KEY: &str = "test";

const SIGNED: [(&str, &str); 2] = [
    ("content-type", "application/x-amz-json-1.1"),
    (
        "x-amz-target",
        "AWSCognitoIdentityProviderService.AdminGetDevice",
    ),
];

/// What SDKs send besides.
const UNSIGNED: &str = "accept-encoding: identity\r\n\
    user-agent: aws-sdk-rust/1.3.14 os/linux lang/rust/1.95.0\r\n\
    amz-sdk-invocation-id: 3f6f3c3e-8a5e-4d4b-9d51-0f6a7c2b9e10\r\n\
    amz-sdk-request: attempt=1; max=3\r\n";

/// Requests to send in turn.
#[derive(Clone)]
pub(crate) struct Requests(pub(crate) Arc<[Request]>);

pub(crate) struct Request {
    /// Head and body.
    pub(crate) bytes: Vec<u8>,
    device_key: String,
}

/// What a server shall answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    /// The device that was asked for.
    Device,
    /// Some device.
    Constant,
}

impl Requests {
    /// `count` requests to `address` for devices from all over the registry, signed now.
    pub(crate) fn sign(
        registry: &Registry,
        address: SocketAddr,
        count: u64,
    ) -> Result<Self, Error> {
        let identity =
            Credentials::new(ACCESS_KEY, ACCESS_KEY, None, None, "default settings").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("cognito-idp")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let requests: Vec<Request> = registry
            .sample(count)?
            .into_iter()
            .map(|device| {
                let body = json!({
                    "UserPoolId": POOL, "Username": device.username, "DeviceKey": device.key
                });
                let body = body.to_string();
                let url = format!("http://{address}/");
                let signable = SignableRequest::new(
                    "POST",
                    &url,
                    SIGNED.into_iter(),
                    SignableBody::Bytes(body.as_bytes()),
                )?;
                let (signature, _) = sign(signable, &parameters)?.into_parts();
                let mut text = format!("POST / HTTP/1.1\r\nhost: {address}\r\n{UNSIGNED}");
                for (name, value) in SIGNED.into_iter().chain(signature.headers()) {
                    write!(text, "{name}: {value}\r\n")?;
                }
                write!(text, "content-length: {}\r\n\r\n{body}", body.len())?;
                Ok(Request {
                    bytes: text.into_bytes(),
                    device_key: device.key,
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self(requests.into()))
    }
}

impl Request {
    /// Looks over the body of an answer.
    pub(crate) fn check(&self, body: &[u8], expected: Expected) -> Result<(), Error> {
        let answer: Value = serde_json::from_slice(body)?;
        let key = answer.pointer("/Device/DeviceKey").and_then(Value::as_str);
        let attributes = answer.pointer("/Device/DeviceAttributes/6/Value");
        let right = match expected {
            Expected::Device => key == Some(&self.device_key),
            Expected::Constant => key.is_some(),
        };
        if right && attributes.is_some() {
            Ok(())
        } else {
            let body = String::from_utf8_lossy(body);
            Err(format!("asked for {}, answered {body}", self.device_key).into())
        }
    }
}
