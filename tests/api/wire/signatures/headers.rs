//! The headers that must be signed, and headers and parameters that come twice.

use super::signed::Signed;
use super::{INVALID, fixture};
use crate::world::{App, Key, UNKNOWN_KEY, WRONG_SIGNATURE, remembered};

#[test]
fn the_host_must_be_signed() {
    let app = App::with_devices();
    for headers in ["content-type;x-amz-date;x-amz-target", "x-amz-date", "Host"] {
        let request = fixture("plain").with_parameter("SignedHeaders", headers);
        request.send(&app).refused(
            INVALID,
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        );
    }
}

#[test]
fn every_header_of_aws_must_be_signed() {
    let app = App::with_devices();
    let request = fixture("plain");
    for (unsigned, name) in [
        (request.and("x-amz-extra", "x"), "x-amz-extra"),
        (request.and("X-Amz-User-Agent", "x"), "x-amz-user-agent"),
        (
            request.with_parameter("SignedHeaders", "content-type;host;x-amz-date"),
            "x-amz-target",
        ),
        (
            request.with_parameter("SignedHeaders", "host;x-amz-target"),
            "x-amz-date",
        ),
    ] {
        let message = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
        unsigned.send(&app).refused(INVALID, &message);
    }
}

#[test]
fn a_header_that_was_signed_must_come() {
    let app = App::with_devices();
    let request = fixture("headers with runs of spaces");
    for name in ["x-amz-note", "x-other"] {
        request.without(name).send(&app).refused_as(WRONG_SIGNATURE);
    }
}

#[test]
fn a_session_token_does_not_go_with_a_long_term_key() {
    let app = App::with_devices();
    let mut request = app.request("AdminGetDevice", remembered().to_string());
    let token = "IQoJb3JpZ2luX2VjEXAMPLE".parse().unwrap();
    request.headers_mut().insert("x-amz-security-token", token);
    let signed = Signed::of(&Key::default().sign_request(&app, request));
    assert!(signed.signed_headers().contains(&"x-amz-security-token"));
    signed.send(&app).refused_as(UNKNOWN_KEY);
    let unsigned = fixture("plain").and("x-amz-security-token", "IQoJb3JpZ2luX2VjEXAMPLE");
    unsigned.send(&app).refused_as(UNKNOWN_KEY);
}

#[test]
fn a_second_value_of_a_signed_header_counts() {
    let app = App::with_devices();
    let request = fixture("headers with runs of spaces");
    for name in [
        "x-amz-target",
        "x-amz-date",
        "x-amz-note",
        "x-other",
        "content-type",
    ] {
        let twice = request.and(name, request.header(name));
        twice.send(&app).refused_as(WRONG_SIGNATURE);
    }
}

#[test]
fn values_of_a_header_that_comes_twice_are_signed_together() {
    let app = App::with_devices();
    let request = fixture("plain")
        .without("authorization")
        .without("x-amz-date");
    let mut request = http::Request::post(app.url() + "/")
        .body(request.body)
        .unwrap();
    for (name, value) in [
        ("content-type", "application/x-amz-json-1.1"),
        (
            "x-amz-target",
            "AWSCognitoIdentityProviderService.AdminGetDevice",
        ),
        ("x-other", "first"),
        ("x-other", "second  value"),
    ] {
        request.headers_mut().append(name, value.parse().unwrap());
    }
    let signed = Signed::of(&Key::default().sign_request(&app, request));
    signed.send(&app).ok();
    signed
        .without("x-other")
        .send(&app)
        .refused_as(WRONG_SIGNATURE);
}

#[test]
fn a_parameter_that_comes_twice_does_not_help() {
    let app = App::with_devices();
    let request = fixture("plain");
    let header = request.authorization();
    for (twice, refusal) in [
        (
            format!("{header}, Signature={}", "0".repeat(64)),
            WRONG_SIGNATURE,
        ),
        (
            format!("{header}, Credential=nobody/20261122/us-east-1/cognito-idp/aws4_request"),
            UNKNOWN_KEY,
        ),
        (
            format!("{header}, SignedHeaders=host;x-amz-date;x-amz-target"),
            WRONG_SIGNATURE,
        ),
    ] {
        let answer = request.with("authorization", twice).send(&app);
        answer.refused_as(refusal);
    }
    let names = request.parameter("SignedHeaders");
    let names = format!("{names};host");
    let answer = request.with_parameter("SignedHeaders", &names).send(&app);
    answer.refused_as(WRONG_SIGNATURE);
}
