//! Requests of AWS's own signers, which are accepted.

use super::signed::Signed;
use super::{fixture, fixtures};
use crate::world::{App, Key, NOW_MS, WRONG_SIGNATURE, remembered};

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
        let mut request = app.request("AdminGetDevice", remembered().to_string());
        request.headers_mut().insert(name, value.parse().unwrap());
        let request = Signed::of(&Key::default().sign_request(&app, request));
        assert!(request.signed_headers().contains(&name));
        request.send(&app).ok();
    }
}

#[test]
fn a_query_is_signed_in_its_canonical_order() {
    let app = App::with_devices();
    let mut request = app.request("AdminGetDevice", remembered().to_string());
    *request.uri_mut() = format!("{}/?b=2&a=%20&a=1&c=", app.url()).parse().unwrap();
    let request = Signed::of(&Key::default().sign_request(&app, request));
    request.send(&app).ok();
    for path in ["/?b=2&a=%20&a=2&c=", "/?b=2&a=%20&a=1", "/"] {
        let changed = Signed {
            path: path.to_owned(),
            ..request.clone()
        };
        changed.send(&app).refused_as(WRONG_SIGNATURE);
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
