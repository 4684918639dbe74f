//! Signature Version 4: who is let in, and how everybody else is turned away.
//!
//! Requests come from two signers that are not ours: botocore, in `signatures/botocore.json`, and AWS's aws-sigv4 crate.
//! They are sent over a plain socket, so that what arrives is what was signed, byte for byte.

mod signed;

use std::collections::BTreeMap;
use std::time::Duration;

use poolhouse::ambient::ManualClock;
use serde::Deserialize;
use serde_json::{Value, json};

use self::signed::{Signed, input};
use crate::app::{Answer, App, Key, NOW_MS, POOL, Setup, device, registry};

const MISSING: &str = "MissingAuthenticationTokenException";
const INCOMPLETE: &str = "IncompleteSignatureException";
const UNRECOGNIZED: &str = "UnrecognizedClientException";
const INVALID: &str = "InvalidSignatureException";

const NO_TOKEN: &str = "Missing Authentication Token";
const BAD_TOKEN: &str = "The security token included in the request is invalid.";
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key \
                        and signing method. Consult the service documentation for details.";
const NEEDS_CREDENTIAL: &str = "Authorization header requires 'Credential' parameter. ";
const NEEDS_SIGNATURE: &str = "Authorization header requires 'Signature' parameter. ";
const NEEDS_SIGNED_HEADERS: &str = "Authorization header requires 'SignedHeaders' parameter. ";
const NEEDS_DATE: &str =
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";

// Accepted.

/// A request of `signatures/botocore.json`.
#[derive(Deserialize)]
struct Fixture {
    name: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: String,
    /// The code of the refusal that comes after the signature has been accepted, or `success`.
    answer: String,
}

impl Fixture {
    fn request(&self) -> Signed {
        let headers = self.headers.iter();
        Signed {
            path: self.path.clone(),
            headers: headers
                .map(|(name, value)| (name.clone(), value.clone().into()))
                .collect(),
            body: self.body.clone().into_bytes(),
        }
    }
}

fn fixtures() -> Vec<Fixture> {
    let mut file: Value = serde_json::from_str(include_str!("signatures/botocore.json")).unwrap();
    serde_json::from_value(file["requests"].take()).unwrap()
}

fn fixture(name: &str) -> Signed {
    let fixtures = fixtures();
    let found = fixtures.iter().find(|fixture| fixture.name == name);
    found.unwrap().request()
}

#[test]
fn requests_of_botocore_are_accepted() {
    let app = App::with_devices();
    let fixtures = fixtures();
    assert_eq!(fixtures.len(), 11);
    for fixture in fixtures {
        let answer = fixture.request().send(&app);
        let came = match answer.status {
            200 => "success".to_owned(),
            _ => answer.refusal().0,
        };
        assert_eq!(came, fixture.answer, "{}: {answer:?}", fixture.name);
    }
}

#[test]
fn what_a_client_of_botocore_sends_is_what_the_others_are_signed_like() {
    let (client, plain) = (fixture("what a client sends"), fixture("plain"));
    assert_eq!(client.authorization(), plain.authorization());
    assert!(client.position("user-agent").is_some());
    assert!(client.position("amz-sdk-request").is_some());
    assert!(!client.signed_headers().contains(&"user-agent"));
}

#[test]
fn requests_of_the_rust_sdk_are_accepted() {
    let app = App::with_devices();
    Signed::new(&app).send(&app).ok();
    for (name, value) in [
        ("x-amz-note", "  two  spaces   inside  "),
        ("x-amz-user-agent", "aws-sdk-rust/1"),
        ("x-amz-content-sha256", "UNSIGNED"),
        ("accept", "*/*"),
    ] {
        let mut request = app.request("AdminGetDevice", input().to_string());
        request.headers_mut().insert(name, value.parse().unwrap());
        let request = Signed::of(&Key::default().sign_request(&app, request));
        assert!(request.signed_headers().contains(&name));
        request.send(&app).ok();
    }
}

#[test]
fn a_query_is_signed_in_its_canonical_order() {
    let app = App::with_devices();
    let mut request = app.request("AdminGetDevice", input().to_string());
    *request.uri_mut() = format!("{}/?b=2&a=%20&a=1&c=", app.url()).parse().unwrap();
    let request = Signed::of(&Key::default().sign_request(&app, request));
    request.send(&app).ok();
    for path in ["/?b=2&a=%20&a=2&c=", "/?b=2&a=%20&a=1", "/"] {
        let changed = Signed {
            path: path.to_owned(),
            ..request.clone()
        };
        changed.send(&app).refused(INVALID, MISMATCH);
    }
}

#[test]
fn the_form_of_the_headers_does_not_matter() {
    let app = App::with_devices();
    let request = fixture("plain");
    let compact = request.authorization().replace(", ", ",");
    let spread = request.authorization().replace(", ", " ,   ");
    let mut turned: Vec<&str> = request.authorization()["AWS4-HMAC-SHA256 ".len()..]
        .split(", ")
        .collect();
    turned.reverse();
    let turned = format!("AWS4-HMAC-SHA256 {}", turned.join(", "));
    for authorization in [compact, spread, turned] {
        let request = request.with("authorization", &authorization);
        assert_eq!(request.send(&app).status, 200, "{authorization}");
    }
    let mut reversed = request.clone();
    reversed.headers.reverse();
    for (name, _) in &mut reversed.headers {
        *name = name.to_uppercase();
    }
    reversed.send(&app).ok();
}

#[test]
fn headers_that_are_not_signed_may_change() {
    let app = App::with_devices();
    let request = fixture("what a client sends");
    for (name, value) in [
        ("user-agent", "something else"),
        ("amz-sdk-request", "attempt=2"),
        ("accept-encoding", "gzip"),
        ("x-forwarded-for", "192.0.2.1"),
    ] {
        request.with(name, value).send(&app).ok();
    }
    request.without("user-agent").send(&app).ok();
}

// Single bytes changed.

/// The text with each byte changed, one at a time: a letter to the other case and to a neighbour, anything else to another
/// sign.
fn byte_changes(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let others = text.iter().enumerate().flat_map(|(index, byte)| {
        let signs: &[u8] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => &[byte ^ 0x20, byte ^ 0x01],
            b'0'..=b'9' => &[byte ^ 0x01],
            128.. => &[byte ^ 0x01, b'?'],
            _ => b"x",
        };
        signs
            .iter()
            .map(move |sign| (index, *sign))
            .collect::<Vec<_>>()
    });
    others.map(|(index, other)| {
        let mut changed = text.to_vec();
        changed[index] = other;
        changed
    })
}

/// Asserts that no change of a signed byte gets through; how many were tried.
fn assert_every_byte_counts(app: &App, request: &Signed) -> usize {
    assert_eq!(request.send(app).status, 200);
    let mut tried = 0;
    for body in byte_changes(&request.body) {
        request.with_body(body).send(app).refused(INVALID, MISMATCH);
        tried += 1;
    }
    let signed = request.signed_headers();
    for name in signed.into_iter().chain(["authorization"]) {
        for value in byte_changes(request.header(name).as_bytes()) {
            let answer = request.with(name, &value).send(app);
            assert_turned_away(name, &String::from_utf8_lossy(&value), &answer);
            tried += 1;
        }
    }
    tried
}

fn assert_turned_away(name: &str, value: &str, answer: &Answer) {
    if name == "content-type" && answer.status == 404 {
        return;
    }
    assert_eq!(answer.status, 400, "{name}: {value}: {answer:?}");
    let (code, message) = answer.refusal();
    let allowed: &[&str] = match name {
        "x-amz-target" => &["UnknownOperationException"],
        "authorization" => &[INVALID, INCOMPLETE, UNRECOGNIZED],
        "x-amz-date" => &[INVALID, INCOMPLETE],
        // With the shipped key the host is looked at first.
        "host" => &[
            INVALID,
            "AccessDeniedException",
            "MalformedHttpRequestException",
        ],
        _ => &[INVALID],
    };
    assert!(
        allowed.contains(&code.as_str()),
        "{name}: {value}: {code}: {message}"
    );
}

#[test]
fn every_signed_byte_of_a_request_of_botocore_counts() {
    let app = App::with_devices();
    let tried = assert_every_byte_counts(&app, &fixture("headers with runs of spaces"));
    assert!(tried > 700, "{tried}");
}

#[test]
fn every_signed_byte_of_a_request_of_the_rust_sdk_counts() {
    let app = App::with_devices();
    let tried = assert_every_byte_counts(&app, &Signed::new(&app));
    assert!(tried > 600, "{tried}");
}

#[test]
fn every_byte_of_a_body_that_is_not_ascii_counts() {
    let app = App::with_devices();
    let request = fixture("a body that is not ASCII");
    let not_ascii = request.body.iter().filter(|byte| !byte.is_ascii()).count();
    assert!(not_ascii > 6);
    for body in byte_changes(&request.body) {
        request
            .with_body(body)
            .send(&app)
            .refused(INVALID, MISMATCH);
    }
}

#[test]
fn a_body_that_is_cut_or_continued_is_not_what_was_signed() {
    let app = App::with_devices();
    let request = fixture("plain");
    for length in 0..request.body.len() {
        let cut = request.with_body(&request.body[..length]);
        cut.send(&app).refused(INVALID, MISMATCH);
    }
    let continued = request.with_body([&request.body[..], b" "].concat());
    continued.send(&app).refused(INVALID, MISMATCH);
}

// Turned away, and in which words.

#[test]
fn an_unknown_key_is_no_valid_token() {
    let app = App::with_devices();
    for id in ["nobody", "Test", "test1", "tes", "TEST"] {
        let answer = Signed::by(&app, &Key::new(id, "test")).send(&app);
        answer.refused(UNRECOGNIZED, BAD_TOKEN);
    }
}

#[test]
fn a_wrong_secret_does_not_match() {
    let app = App::with_devices();
    for secret in ["wrong", "Test", "test ", "", "AWS4test"] {
        let answer = Signed::by(&app, &Key::new("test", secret)).send(&app);
        answer.refused(INVALID, MISMATCH);
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
        changed.send(&app).refused(INVALID, MISMATCH);
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
            answer.refused(INVALID, MISMATCH);
        }
    }
}

fn clock_at(milliseconds: i64) -> ManualClock {
    ManualClock::at(chrono::DateTime::from_timestamp_millis(milliseconds).unwrap())
}

#[test]
fn a_date_may_be_five_minutes_old_and_no_more() {
    let app = App::with_devices();
    let signed = |ahead| {
        let key = Key {
            ahead,
            ..Key::default()
        };
        Signed::by(&app, &key).send(&app)
    };
    signed(-299).ok();
    signed(-300).ok();
    signed(-301).refused(
        INVALID,
        "Signature expired: 20261122T141759Z is now earlier than 20261122T141800Z (20261122T142300Z - 5 min.)",
    );
    signed(-86400).refused(
        INVALID,
        "Signature expired: 20261121T142300Z is now earlier than 20261122T141800Z (20261122T142300Z - 5 min.)",
    );
}

#[test]
fn a_date_may_be_five_minutes_ahead_and_no_more() {
    let app = App::with_devices();
    let signed = |ahead| {
        let key = Key {
            ahead,
            ..Key::default()
        };
        Signed::by(&app, &key).send(&app)
    };
    signed(299).ok();
    signed(300).ok();
    signed(301).refused(
        INVALID,
        "Signature not yet current: 20261122T142801Z is still later than 20261122T142800Z (20261122T142300Z + 5 min.)",
    );
    signed(86400).refused(
        INVALID,
        "Signature not yet current: 20261123T142300Z is still later than 20261122T142800Z (20261122T142300Z + 5 min.)",
    );
}

#[test]
fn five_minutes_are_five_minutes_at_any_part_of_a_second() {
    for part_ms in [0, 1, 500, 999] {
        let app = Setup::new()
            .seeded(registry())
            .start_at(clock_at(NOW_MS - 500 + part_ms));
        for (ahead, status) in [(-301, 400), (-300, 200), (300, 200), (301, 400)] {
            let key = Key {
                ahead,
                ..Key::default()
            };
            let answer = Signed::by(&app, &key).send(&app);
            assert_eq!(answer.status, status, "{part_ms} ms, {ahead} s: {answer:?}");
        }
    }
}

#[test]
fn a_request_that_was_accepted_expires() {
    let app = App::with_devices();
    let request = fixture("plain");
    request.send(&app).ok();
    app.clock.advance(Duration::from_millis(299_400));
    request.send(&app).ok();
    app.clock.advance(Duration::from_millis(1_100));
    request.send(&app).refused(
        INVALID,
        "Signature expired: 20261122T142300Z is now earlier than 20261122T142301Z (20261122T142801Z - 5 min.)",
    );
}

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
            // A header's last blank does not travel.
            let header = incomplete.authorization().trim_end();
            let message = format!("{message}Authorization={header}");
            incomplete.send(&app).refused(INCOMPLETE, &message);
        }
    }
}

#[test]
fn a_request_must_be_dated() {
    let app = App::with_devices();
    let request = fixture("plain");
    let message = format!("{NEEDS_DATE}Authorization={}", request.authorization());
    let undated = request.without("x-amz-date");
    undated.send(&app).refused(INCOMPLETE, &message);
}

#[test]
fn a_date_is_in_the_basic_format_of_iso_8601() {
    let app = App::with_devices();
    let request = fixture("plain");
    for date in [
        "2026-11-22T14:23:00Z",
        "20261122T142300",
        "20261122T1423Z",
        "20261122T142300.500Z",
        "20261322T142300Z",
        "20261122",
        "Sun, 22 Nov 2026 14:23:00 GMT",
    ] {
        let message = format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        );
        request
            .with("x-amz-date", date)
            .send(&app)
            .refused(INCOMPLETE, &message);
        let dated = fixture("a Date header").with("date", date);
        dated.send(&app).refused(INCOMPLETE, &message);
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

// A blank ends a parameter, as transcripts of AWS's refusals of keys that were pasted with a blank show.
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
    request.send(&app).refused(MISSING, NO_TOKEN);
    request
        .without("x-amz-date")
        .send(&app)
        .refused(MISSING, NO_TOKEN);
}

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
        request.without(name).send(&app).refused(INVALID, MISMATCH);
    }
}

#[test]
fn a_session_token_does_not_go_with_a_long_term_key() {
    let app = App::with_devices();
    let mut request = app.request("AdminGetDevice", input().to_string());
    let token = "IQoJb3JpZ2luX2VjEXAMPLE".parse().unwrap();
    request.headers_mut().insert("x-amz-security-token", token);
    let signed = Signed::of(&Key::default().sign_request(&app, request));
    assert!(signed.signed_headers().contains(&"x-amz-security-token"));
    signed.send(&app).refused(UNRECOGNIZED, BAD_TOKEN);
    let unsigned = fixture("plain").and("x-amz-security-token", "IQoJb3JpZ2luX2VjEXAMPLE");
    unsigned.send(&app).refused(UNRECOGNIZED, BAD_TOKEN);
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
        twice.send(&app).refused(INVALID, MISMATCH);
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
        .refused(INVALID, MISMATCH);
}

#[test]
fn a_parameter_that_comes_twice_does_not_help() {
    let app = App::with_devices();
    let request = fixture("plain");
    let header = request.authorization();
    for (twice, code, message) in [
        (
            format!("{header}, Signature={}", "0".repeat(64)),
            INVALID,
            MISMATCH,
        ),
        (
            format!("{header}, Credential=nobody/20261122/us-east-1/cognito-idp/aws4_request"),
            UNRECOGNIZED,
            BAD_TOKEN,
        ),
        (
            format!("{header}, SignedHeaders=host;x-amz-date;x-amz-target"),
            INVALID,
            MISMATCH,
        ),
    ] {
        let answer = request.with("authorization", twice).send(&app);
        answer.refused(code, message);
    }
    let names = request.parameter("SignedHeaders");
    let names = format!("{names};host");
    let answer = request.with_parameter("SignedHeaders", &names).send(&app);
    answer.refused(INVALID, MISMATCH);
}

// What comes before and after.

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
        answer.refused(INVALID, MISMATCH);
        assert_eq!(well_signed(body).send(&app).refusal().0, code, "{body}");
    }
    let unsigned = well_signed("{").without("authorization");
    unsigned.send(&app).refused(MISSING, NO_TOKEN);
}

#[test]
fn a_signature_is_looked_at_before_the_quota_and_takes_nothing_of_it() {
    let app = Setup::new()
        .with("limits", "on")
        .with("quotas_userresourceread", "1")
        .seeded(registry())
        .start();
    let turned_away = || {
        let body = input().to_string();
        let answer = badly_signed(&app, "AdminGetDevice", &body).send(&app);
        answer.refused(INVALID, MISMATCH);
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
    answer.refused(INVALID, MISMATCH);
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

#[test]
fn the_fixtures_are_signed_at_the_standing_clock() {
    let second = chrono::DateTime::from_timestamp_millis(NOW_MS).unwrap();
    let date = second.format("%Y%m%dT%H%M%SZ").to_string();
    for fixture in fixtures() {
        let dated = ["X-Amz-Date", "Date"]
            .iter()
            .find_map(|name| fixture.headers.get(*name));
        assert_eq!(dated, Some(&date), "{}", fixture.name);
    }
}
