//! The signed operations, with invalid signatures.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all refusals of the list have one type"
)]

use std::collections::BTreeSet;

use http::HeaderValue;
use serde_json::Value;

use super::registry::{POOL, assert_no_trace, dump, input, is_served, start};
use super::{Refusal, Tally};
use crate::model::{Name, is_signed, members, operation, operations};
use crate::world::{
    App, Key, NO_SIGNATURE, UNKNOWN_KEY, WRONG_SIGNATURE, access_denied, access_token, sign_in,
};

/// Served and signed operations that name no pool: another account uses them on its own pools.
/// One asks for a domain, and is told of those of its own pools alone.
const ABOUT_ONES_OWN: [&str; 3] = ["CreateUserPool", "DescribeUserPoolDomain", "ListUserPools"];

/// A kind of request without valid credentials.
struct Kind {
    name: &'static str,
    request: fn(&App, Name, Vec<u8>) -> http::Request<Vec<u8>>,
    /// Its refusal; `None` where the caller may call the operation.
    refusal: fn(Name) -> Option<Refusal>,
}

fn names_a_pool(name: Name) -> bool {
    members(&operation(name).input)
        .any(|(member, _)| ["UserPoolId", "ResourceArn"].contains(&member))
}

fn mismatch(_: Name) -> Option<Refusal> {
    Some(Refusal::of(WRONG_SIGNATURE))
}

fn invalid(message: &str) -> Option<Refusal> {
    Some(Refusal::new("InvalidSignatureException", message))
}

fn unrecognized(_: Name) -> Option<Refusal> {
    Some(Refusal::of(UNKNOWN_KEY))
}

fn missing(_: Name) -> Option<Refusal> {
    Some(Refusal::of(NO_SIGNATURE))
}

fn denied(key: &str, name: Name) -> Option<Refusal> {
    let resource = if names_a_pool(name) {
        format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}")
    } else {
        "*".to_owned()
    };
    let message = access_denied(key, name, &resource);
    Some(Refusal::new("AccessDeniedException", message))
}

fn foreign(name: Name) -> Option<Refusal> {
    if !is_served(name) {
        Some(Refusal::not_served(name))
    } else if names_a_pool(name) {
        let message = format!("Not authorized to access user pool {POOL}.");
        Some(Refusal::not_authorized(message).by(name))
    } else {
        assert!(ABOUT_ONES_OWN.contains(&name), "{name}");
        None
    }
}

fn signed_by(key: &Key, app: &App, name: Name, body: Vec<u8>) -> http::Request<Vec<u8>> {
    key.sign(app, name, body)
}

/// Requests signed with another secret, for another place or time, or changed since.
const KINDS: [Kind; 17] = [
    Kind {
        name: "no signature",
        request: |app, name, body| app.request(name, body),
        refusal: missing,
    },
    Kind {
        name: "a signature in the query string alone",
        request: |app, name, body| {
            let signed = Key::default().sign(app, name, body.clone());
            let authorization = signed.headers()["authorization"].to_str().unwrap();
            let (_, signature) = authorization.rsplit_once('=').unwrap();
            let mut request = app.request(name, body);
            let uri = format!(
                "{}/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={signature}",
                app.url()
            );
            *request.uri_mut() = uri.parse().unwrap();
            request
        },
        refusal: missing,
    },
    Kind {
        name: "an unknown access key",
        request: |app, name, body| signed_by(&Key::new("AKIANOBODY", "test"), app, name, body),
        refusal: unrecognized,
    },
    Kind {
        name: "a wrong secret",
        request: |app, name, body| signed_by(&Key::new("test", "guess"), app, name, body),
        refusal: mismatch,
    },
    Kind {
        name: "the secret of another key",
        request: |app, name, body| {
            signed_by(&Key::new("test", "secret-of-the-key"), app, name, body)
        },
        refusal: mismatch,
    },
    Kind {
        name: "an empty secret",
        request: |app, name, body| signed_by(&Key::new("test", ""), app, name, body),
        refusal: mismatch,
    },
    Kind {
        name: "six minutes old",
        request: |app, name, body| {
            let key = Key {
                ahead: -360,
                ..Key::default()
            };
            signed_by(&key, app, name, body)
        },
        refusal: |_| {
            invalid(
                "Signature expired: 20261122T141700Z is now earlier than 20261122T141800Z (20261122T142300Z - 5 min.)",
            )
        },
    },
    Kind {
        name: "six minutes ahead",
        request: |app, name, body| {
            let key = Key {
                ahead: 360,
                ..Key::default()
            };
            signed_by(&key, app, name, body)
        },
        refusal: |_| {
            invalid(
                "Signature not yet current: 20261122T142900Z is still later than 20261122T142800Z (20261122T142300Z + 5 min.)",
            )
        },
    },
    Kind {
        name: "a session token",
        request: |app, name, body| {
            let mut request = app.request(name, body);
            let token = HeaderValue::from_static("FwoGZXIvYXdzEXAMPLETOKEN");
            request.headers_mut().insert("x-amz-security-token", token);
            Key::default().sign_request(app, request)
        },
        refusal: unrecognized,
    },
    Kind {
        name: "another Region",
        request: |app, name, body| {
            let key = Key {
                region: "eu-west-1".to_owned(),
                ..Key::default()
            };
            signed_by(&key, app, name, body)
        },
        refusal: |_| invalid("Credential should be scoped to a valid region, not 'eu-west-1'. "),
    },
    Kind {
        name: "another service",
        request: |app, name, body| {
            let key = Key {
                service: "cognito-identity".to_owned(),
                ..Key::default()
            };
            signed_by(&key, app, name, body)
        },
        refusal: |_| invalid("Credential should be scoped to correct service: 'cognito-idp'. "),
    },
    Kind {
        name: "another body than was signed",
        request: |app, name, body| {
            let mut signed = Key::default().sign(app, name, b"{}".to_vec());
            *signed.body_mut() = [&*body, b" "].concat();
            signed
        },
        refusal: mismatch,
    },
    Kind {
        name: "another operation than was signed",
        request: |app, name, body| {
            let mut signed = Key::default().sign(app, "Signed", body.clone());
            let target = app.request(name, body).headers()["x-amz-target"].clone();
            signed.headers_mut().insert("x-amz-target", target);
            signed
        },
        refusal: mismatch,
    },
    Kind {
        name: "an operation that was not signed",
        request: |app, name, body| {
            let mut request = app.request(name, body);
            let target = request.headers_mut().remove("x-amz-target").unwrap();
            let mut signed = Key::default().sign_request(app, request);
            signed.headers_mut().insert("x-amz-target", target);
            signed
        },
        refusal: |_| invalid("'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."),
    },
    Kind {
        name: "a key for another action",
        request: |app, name, body| {
            signed_by(
                &Key::new("OTHER-ACTION", "secret-of-the-key"),
                app,
                name,
                body,
            )
        },
        refusal: |name| denied("OTHER-ACTION", name),
    },
    Kind {
        name: "a key for another pool",
        request: |app, name, body| {
            signed_by(
                &Key::new("OTHER-POOL", "secret-of-the-key"),
                app,
                name,
                body,
            )
        },
        refusal: |name| denied("OTHER-POOL", name),
    },
    Kind {
        name: "a key of another account",
        request: |app, name, body| {
            signed_by(
                &Key::new("OTHER-ACCOUNT", "secret-of-the-key"),
                app,
                name,
                body,
            )
        },
        refusal: foreign,
    },
];

#[test]
fn no_signed_operation_is_open_to_who_may_not() {
    let app = start();
    let token = access_token(&sign_in(&app, super::registry::WEB, "ben"));
    let before = dump(&app.database(), &[]);
    let mut tally = Tally::default();
    let signed = || operations().filter(|(_, operation)| is_signed(operation));
    for (name, _) in signed() {
        let body = input(name).to_string().into_bytes();
        for kind in &KINDS {
            if let Some(refusal) = (kind.refusal)(name) {
                let answer = app.send((kind.request)(&app, name, body.clone()));
                tally.expects(name, kind.name, &answer, &refusal);
            }
        }
        let bearer = format!("Bearer {token}");
        let mut request = app.request(name, body);
        let header = HeaderValue::from_str(&bearer).unwrap();
        request.headers_mut().insert("authorization", header);
        let message = format!(
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
             Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a \
             'X-Amz-Date' or a 'Date' header. Authorization={bearer}"
        );
        let refusal = Refusal::new("IncompleteSignatureException", message);
        tally.expects(name, "a user's access token", &app.send(request), &refusal);
    }
    tally.came_to("access keys", 119, KINDS.len() + 1);
    assert_no_trace(&app, &before, &[]);

    // The same inputs with an authorized key are accepted: otherwise the test would show nothing.
    let refusals: BTreeSet<&str> = [
        "AccessDeniedException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    ]
    .into();
    let (mut done, deletes) = (0, |name: &Name| name.contains("Delete"));
    let names = || signed().map(|(name, _)| name);
    let deleting = names().filter(deletes);
    for name in names().filter(|name| !deletes(name)).chain(deleting) {
        let answer = app.call(name, &input(name));
        if answer.status == 200 {
            done += 1;
        } else {
            let (code, message) = answer.refusal();
            assert!(!refusals.contains(&*code), "{name}: {code}");
            assert!(
                !message.starts_with("Not authorized to"),
                "{name}: {message}"
            );
        }
    }
    assert!(done > 10, "{done}");
    let after = dump(&app.database(), &[]);
    assert_ne!(before, after);
}

#[test]
fn an_operation_that_needs_no_signature_is_the_same_with_a_wrong_one() {
    let app = start();
    for (name, operation) in operations() {
        if is_signed(operation) {
            continue;
        }
        let mut body: Value = input(name);
        if members(&operation.input).any(|(member, _)| member == "AccessToken") {
            body["AccessToken"] = "garbage".into();
        }
        let open = app.call_open(name, &body);
        let signed = app.call_as(&Key::new("AKIANOBODY", "guess"), name, &body);
        assert_eq!(
            (signed.status, String::from_utf8_lossy(&signed.body)),
            (open.status, String::from_utf8_lossy(&open.body)),
            "{name}"
        );
    }
}
