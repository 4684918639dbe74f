//! What the server checks before a signature, and what it checks afterwards.

use serde_json::json;

use super::signed::Signed;
use super::{INCOMPLETE, INVALID, MISSING, UNRECOGNIZED, fixture};
use crate::world::{App, Key, NO_SIGNATURE, Setup, WRONG_SIGNATURE, registry, remembered};

/// A request that is signed with the wrong secret.
fn badly_signed(app: &App, operation: &str, body: &str) -> Signed {
    let key = Key::new("test", "wrong");
    Signed::of(&key.sign(app, operation, body.into()))
}

#[test]
fn a_signature_is_looked_at_before_the_body() {
    let app = App::with_devices();
    let well_signed =
        |body: &str| Signed::of(&Key::default().sign(&app, "AdminGetDevice", body.into()));
    for (body, code) in [
        ("{", "SerializationException"),
        ("", "SerializationException"),
        ("[]", "SerializationException"),
        (r#"{"Username": 1}"#, "SerializationException"),
        ("{}", "InvalidParameterException"),
    ] {
        let answer = badly_signed(&app, "AdminGetDevice", body).send(&app);
        answer.refused_as(WRONG_SIGNATURE);
        assert_eq!(well_signed(body).send(&app).refusal().0, code, "{body}");
    }
    let unsigned = well_signed("{").without("authorization");
    unsigned.send(&app).refused_as(NO_SIGNATURE);
}

#[test]
fn a_signature_is_looked_at_before_the_quota_and_takes_nothing_of_it() {
    let app = Setup::new()
        .with("limits", "on")
        .with("quotas_userresourceread", "1")
        .seeded(registry())
        .start();
    let turned_away = || {
        let body = remembered().to_string();
        let answer = badly_signed(&app, "AdminGetDevice", &body).send(&app);
        answer.refused_as(WRONG_SIGNATURE);
    };
    for _ in 0..5 {
        turned_away();
    }
    Signed::new(&app).send(&app).ok();
    let answer = Signed::new(&app).send(&app);
    assert_eq!(answer.refusal().0, "TooManyRequestsException");
    turned_away();
}

#[test]
fn a_signature_is_looked_at_before_whether_an_operation_is_served() {
    let app = App::with_devices();
    let answer = badly_signed(&app, "CreateUserPool", "{}").send(&app);
    answer.refused_as(WRONG_SIGNATURE);
}

#[test]
fn a_target_is_looked_at_before_the_signature() {
    let app = App::with_devices();
    let request = Signed::new(&app);
    for target in [
        "AWSCognitoIdentityProviderService.AdminGetGadget",
        "AWSCognitoIdentityProviderService.admingetdevice",
        "AdminGetDevice",
        "",
    ] {
        let unknown = request.with("x-amz-target", target);
        for request in [
            unknown.without("authorization"),
            unknown.with("authorization", "Bearer x"),
            unknown,
        ] {
            request.send(&app).refused("UnknownOperationException", "");
        }
    }
    let other = request
        .with("content-type", "text/plain")
        .without("authorization");
    assert_eq!(other.send(&app).status, 404);
}

#[test]
fn the_parts_of_a_signature_are_looked_at_in_their_order() {
    let app = App::with_devices();
    let mut request = fixture("plain").and("x-amz-extra", "x");
    request = request.with("x-amz-date", "20261121T142300Z");
    let key = |key: &str| format!("{key}/20261121/us-east-1/cognito-idp/aws4_request");
    let mut step = |change: &dyn Fn(&Signed) -> Signed, code: &str, words: &str| {
        let answer = request.send(&app);
        let (came, message) = answer.refusal();
        assert_eq!(came, code, "{message}");
        assert!(message.contains(words), "{message}");
        request = change(&request);
    };
    let wrong_region = "nobody/20261121/eu-west-1/cognito-idp/aws4_request";
    step(
        &|r| r.with_parameter("Credential", "nobody"),
        INVALID,
        "does not match YYYYMMDD",
    );
    step(
        &|r| r.with_parameter("Credential", wrong_region),
        INCOMPLETE,
        "exactly 5",
    );
    step(
        &|r| r.with_parameter("Credential", &wrong_region.replace("nobody", "test")),
        UNRECOGNIZED,
        "security token",
    );
    step(
        &|r| r.with_parameter("Credential", &key("test")),
        INVALID,
        "valid region",
    );
    step(
        &|r| r.with("x-amz-date", "20261122T142300Z"),
        INVALID,
        "Signature expired",
    );
    step(
        &|r| r.with_parameter("Credential", &key("test").replace("1121", "1122")),
        INVALID,
        "does not match YYYYMMDD",
    );
    step(
        &|r| r.without("x-amz-extra"),
        INVALID,
        "'x-amz-extra' must be a 'SignedHeader'",
    );
    request.send(&app).ok();
}

#[test]
fn an_operation_that_needs_no_signature_ignores_a_wrong_one() {
    let app = App::with_devices();
    let body = json!({"AccessToken": "token"}).to_string();
    let request = Signed::of(&app.request("GetUser", body.into_bytes()));
    let unsigned = request.send(&app);
    for authorization in [
        "Bearer x",
        "",
        "AWS4-HMAC-SHA256 Credential=nobody",
        fixture("plain").authorization(),
    ] {
        let answer = request.with("authorization", authorization).send(&app);
        assert_eq!(answer.status, unsigned.status, "{authorization}");
        assert_eq!(answer.body, unsigned.body, "{authorization}");
    }
    let (code, _) = unsigned.refusal();
    assert!(![MISSING, INCOMPLETE, UNRECOGNIZED, INVALID].contains(&code.as_str()));
}
