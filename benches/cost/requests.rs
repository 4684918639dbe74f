//! Requests as they go over the wire, signed by AWS's own signer.

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
use crate::registry::{Device, POOL};

/// The shipped access key, id and secret.
const ACCESS_KEY: &str = "test";

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
    /// What the answer must hold.
    expected: String,
}

impl Requests {
    /// `AdminGetDevice` for each of the devices, signed now.
    pub(crate) fn lookups(address: SocketAddr, devices: &[Device]) -> Result<Self, Error> {
        Self::of(devices, |device| {
            let input =
                json!({"UserPoolId": POOL, "Username": device.username, "DeviceKey": device.key});
            let expected = format!("\"DeviceKey\":\"{}\"", device.key);
            Request::sign(address, "AdminGetDevice", &input, expected)
        })
    }

    /// `AdminUpdateDeviceStatus` for each of the devices, signed now.
    pub(crate) fn updates(address: SocketAddr, devices: &[Device]) -> Result<Self, Error> {
        Self::of(devices, |device| {
            let input = json!({
                "UserPoolId": POOL, "Username": device.username, "DeviceKey": device.key,
                "DeviceRememberedStatus": "remembered"
            });
            Request::sign(address, "AdminUpdateDeviceStatus", &input, "{}".to_owned())
        })
    }

    fn of(
        devices: &[Device],
        request: impl Fn(&Device) -> Result<Request, Error>,
    ) -> Result<Self, Error> {
        let requests = devices.iter().map(request).collect::<Result<Vec<_>, _>>()?;
        Ok(Self(requests.into()))
    }

    /// One request, over and over.
    pub(crate) fn repeated(request: Request) -> Self {
        Self([request].into())
    }
}

impl Request {
    /// A call of `operation`, signed now.
    pub(crate) fn sign(
        address: SocketAddr,
        operation: &str,
        input: &Value,
        expected: String,
    ) -> Result<Self, Error> {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", &target),
        ];
        Self::signed(
            address,
            ("POST", "/"),
            &headers,
            &input.to_string(),
            expected,
        )
    }

    /// A call of an endpoint of Poolhouse's own, signed now.
    pub(crate) fn control(address: SocketAddr, method: &str, path: &str) -> Result<Self, Error> {
        Self::signed(address, (method, path), &[], "", "{".to_owned())
    }

    fn signed(
        address: SocketAddr,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: &str,
        expected: String,
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
        let url = format!("http://{address}{path}");
        let signable = SignableRequest::new(
            method,
            &url,
            headers.iter().copied(),
            SignableBody::Bytes(body.as_bytes()),
        )?;
        let (signature, _) = sign(signable, &parameters)?.into_parts();
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n{UNSIGNED}");
        for (name, value) in headers.iter().copied().chain(signature.headers()) {
            write!(text, "{name}: {value}\r\n")?;
        }
        write!(text, "content-length: {}\r\n\r\n{body}", body.len())?;
        Ok(Self {
            bytes: text.into_bytes(),
            expected,
        })
    }

    /// Head and body of a call that needs no signature.
    pub(crate) fn open(address: SocketAddr, operation: &str, input: &Value) -> Vec<u8> {
        let body = input.to_string();
        format!(
            "POST / HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-amz-json-1.1\r\n\
             x-amz-target: AWSCognitoIdentityProviderService.{operation}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    /// Looks over the body of an answer.
    pub(crate) fn check(&self, body: &[u8]) -> Result<(), Error> {
        let body = String::from_utf8_lossy(body);
        if body.contains(&self.expected) {
            Ok(())
        } else {
            Err(format!("expected {}, answered {body}", self.expected).into())
        }
    }
}
