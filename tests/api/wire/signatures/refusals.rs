//! Signatures that do not match.

use serde_json::json;

use super::fixture;
use super::signed::Signed;
use crate::world::{App, Key, POOL, UNKNOWN_KEY, WRONG_SIGNATURE, device};

#[test]
fn an_unknown_key_is_no_valid_token() {
    let app = App::with_devices();
    for id in ["nobody", "Test", "test1", "tes", "TEST"] {
        let answer = Signed::by(&app, &Key::new(id, "test")).send(&app);
        answer.refused_as(UNKNOWN_KEY);
    }
}

#[test]
fn a_wrong_secret_does_not_match() {
    let app = App::with_devices();
    for secret in ["wrong", "Test", "test ", "", "AWS4test"] {
        let answer = Signed::by(&app, &Key::new("test", secret)).send(&app);
        answer.refused_as(WRONG_SIGNATURE);
    }
}

#[test]
fn a_changed_body_or_header_does_not_match() {
    let app = App::with_devices();
    let request = Signed::new(&app);
    let other_device =
        json!({"UserPoolId": POOL, "Username": "mary", "DeviceKey": device::OF_MARY});
    for changed in [
        request.with_body(other_device.to_string()),
        request.with_body(""),
        request.with("content-type", "application/x-amz-json-1.1; charset=utf-8"),
        request.with("host", "cognito-idp.us-east-1.amazonaws.com"),
        request.with(
            "x-amz-target",
            "AWSCognitoIdentityProviderService.AdminListDevices",
        ),
        request.with("x-amz-date", "20261122T142301Z"),
    ] {
        changed.send(&app).refused_as(WRONG_SIGNATURE);
    }
}

#[test]
fn a_signature_is_sixty_four_hexadecimal_digits_in_lower_case() {
    let app = App::with_devices();
    let request = fixture("plain");
    let signature = request.parameter("Signature");
    for wrong in [
        signature.to_uppercase(),
        signature[..63].to_owned(),
        signature[..62].to_owned(),
        format!("{signature}0"),
        format!("{signature}00"),
        "0".repeat(64),
        "not hexadecimal".replace(' ', "-"),
        "é".to_owned(),
    ] {
        let answer = request.with_parameter("Signature", &wrong).send(&app);
        assert_ne!(answer.status, 200, "{wrong}");
        if wrong.is_ascii() {
            answer.refused_as(WRONG_SIGNATURE);
        }
    }
}
