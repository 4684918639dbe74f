//! The checks on real requests of the model.

mod decoding;
mod patterns;
mod types;
mod violations;

use serde_json::{Value, json};

use crate::api::{AdminGetDeviceRequest, ErrorCode, Operation};

/// What the service answers the request, or `fine`.
fn message<R: Operation>(body: &Value) -> String {
    match R::parse(body.to_string().as_bytes()) {
        Ok(_) => "fine".to_owned(),
        Err(error) => error.message().unwrap_or_default(),
    }
}

/// A `SignUp` request with this member.
fn sign_up(member: &str, value: Value) -> Value {
    let mut body = json!({"ClientId": "client", "Username": "diego"});
    body[member] = value;
    body
}

#[test]
fn an_error_knows_its_code() {
    let error = AdminGetDeviceRequest::parse(b"{}").unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidParameterException);
    let error = AdminGetDeviceRequest::parse(b"").unwrap_err();
    assert_eq!(error.code(), ErrorCode::SerializationException);
}
