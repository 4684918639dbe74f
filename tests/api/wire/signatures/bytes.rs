//! Every signed byte counts.

use super::signed::Signed;
use super::{INCOMPLETE, INVALID, UNRECOGNIZED, fixture};
use crate::world::{Answer, App, WRONG_SIGNATURE};

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

/// Asserts that every change of a signed byte is refused. Returns the number of changes.
fn assert_every_byte_counts(app: &App, request: &Signed) -> usize {
    assert_eq!(request.send(app).status, 200);
    let mut tried = 0;
    for body in byte_changes(&request.body) {
        request
            .with_body(body)
            .send(app)
            .refused_as(WRONG_SIGNATURE);
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
        // With the default key the host is checked first.
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
            .refused_as(WRONG_SIGNATURE);
    }
}

#[test]
fn a_body_that_is_cut_or_continued_is_not_what_was_signed() {
    let app = App::with_devices();
    let request = fixture("plain");
    for length in 0..request.body.len() {
        let cut = request.with_body(&request.body[..length]);
        cut.send(&app).refused_as(WRONG_SIGNATURE);
    }
    let continued = request.with_body([&request.body[..], b" "].concat());
    continued.send(&app).refused_as(WRONG_SIGNATURE);
}
