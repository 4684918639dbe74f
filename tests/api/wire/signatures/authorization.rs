//! The `Authorization` header and its parts.

use super::signed::Signed;
use super::{INCOMPLETE, INVALID, NEEDS_DATE, fixture};
use crate::world::{App, Key, NO_SIGNATURE};

const NEEDS_CREDENTIAL: &str = "Authorization header requires 'Credential' parameter. ";
const NEEDS_SIGNATURE: &str = "Authorization header requires 'Signature' parameter. ";
const NEEDS_SIGNED_HEADERS: &str = "Authorization header requires 'SignedHeaders' parameter. ";

#[test]
fn a_scope_must_be_the_server_s() {
    let app = App::with_devices();
    let region = "Credential should be scoped to a valid region, not 'eu-west-1'. ";
    let service = "Credential should be scoped to correct service: 'cognito-idp'. ";
    let terminator =
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'. ";
    let date = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                '20261121' != '20261122', from '20261122T142300Z'.";
    let request = fixture("plain");
    for (scope, message) in [
        (
            "20261122/eu-west-1/cognito-idp/aws4_request",
            region.to_owned(),
        ),
        (
            "20261122/us-east-1/cognito-identity/aws4_request",
            service.to_owned(),
        ),
        ("20261122/us-east-1/cognito-idp/aws4", terminator.to_owned()),
        (
            "20261121/us-east-1/cognito-idp/aws4_request",
            date.to_owned(),
        ),
        (
            "20261121/eu-west-1/sts/aws4",
            [region, service, terminator, date].concat(),
        ),
    ] {
        let credential = format!("test/{scope}");
        let answer = request.with_parameter("Credential", &credential).send(&app);
        answer.refused(INVALID, &message);
    }
}

#[test]
fn a_client_of_another_region_or_service_is_told_so() {
    let app = App::with_devices();
    let region = Key {
        region: "eu-west-1".to_owned(),
        ..Key::default()
    };
    Signed::by(&app, &region).send(&app).refused(
        INVALID,
        "Credential should be scoped to a valid region, not 'eu-west-1'. ",
    );
    let service = Key {
        service: "sts".to_owned(),
        ..Key::default()
    };
    Signed::by(&app, &service).send(&app).refused(
        INVALID,
        "Credential should be scoped to correct service: 'cognito-idp'. ",
    );
}

#[test]
fn a_credential_has_five_elements() {
    let app = App::with_devices();
    let request = fixture("plain");
    for credential in [
        "test",
        "test/20261122/us-east-1/cognito-idp",
        "test/20261122/us-east-1/cognito-idp/aws4_request/",
        "test/20261122/us-east-1/cognito-idp/aws4_request/more",
    ] {
        let message = format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
        );
        let answer = request.with_parameter("Credential", credential).send(&app);
        answer.refused(INCOMPLETE, &message);
    }
}

#[test]
fn every_parameter_must_be_there_and_have_a_value() {
    let app = App::with_devices();
    let request = fixture("plain");
    for (name, message) in [
        ("Credential", NEEDS_CREDENTIAL),
        ("Signature", NEEDS_SIGNATURE),
        ("SignedHeaders", NEEDS_SIGNED_HEADERS),
    ] {
        for incomplete in [
            request.without_parameter(name),
            request.with_parameter(name, ""),
        ] {
            // A client does not send the last blank of a header.
            let header = incomplete.authorization().trim_end();
            let message = format!("{message}Authorization={header}");
            incomplete.send(&app).refused(INCOMPLETE, &message);
        }
    }
}

#[test]
fn another_scheme_lacks_everything_that_is_needed() {
    let app = App::with_devices();
    let request = fixture("plain");
    let all = [NEEDS_CREDENTIAL, NEEDS_SIGNATURE, NEEDS_SIGNED_HEADERS].concat();
    for header in [
        "Bearer x",
        "Basic dGVzdDp0ZXN0",
        "AWS test:c2lnbmF0dXJl",
        "AWS4-HMAC-SHA512 Credential=test/20261122/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=00",
        "aws4-hmac-sha256 Credential=test/20261122/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256",
        "x",
        "",
    ] {
        let other = request.with("authorization", header);
        let message = format!("{all}Authorization={header}");
        other.send(&app).refused(INCOMPLETE, &message);
        let message = format!("{all}{NEEDS_DATE}Authorization={header}");
        other
            .without("x-amz-date")
            .send(&app)
            .refused(INCOMPLETE, &message);
    }
}

#[test]
fn a_parameter_needs_an_equal_sign() {
    let app = App::with_devices();
    let request = fixture("plain");
    for header in [
        "AWS4-HMAC-SHA256 Credential",
        "AWS4-HMAC-SHA256 Credential, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Signature=00, Credential",
    ] {
        let message = format!(
            "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: '{header}'."
        );
        let answer = request.with("authorization", header).send(&app);
        answer.refused(INCOMPLETE, &message);
    }
}

// A blank ends a parameter, as transcripts of AWS's refusals show for keys that were pasted with a blank.
#[test]
fn a_blank_in_a_credential_is_found() {
    let app = App::with_devices();
    let request = fixture("plain");
    let scope = "/20261122/us-east-1/cognito-idp/aws4_request";
    for (credential, rest) in [
        (format!("test {scope}"), scope.to_owned()),
        (format!(" test{scope}"), format!("test{scope}")),
    ] {
        let request = request.with_parameter("Credential", &credential);
        let message = format!(
            "'{rest}' not a valid key=value pair (missing equal-sign) in Authorization header: '{}'.",
            request.authorization()
        );
        request.send(&app).refused(INCOMPLETE, &message);
    }
}

#[test]
fn a_request_without_authorization_has_no_token() {
    let app = App::with_devices();
    let request = fixture("plain").without("authorization");
    request.send(&app).refused_as(NO_SIGNATURE);
    request
        .without("x-amz-date")
        .send(&app)
        .refused_as(NO_SIGNATURE);
}
