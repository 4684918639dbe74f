//! The control endpoints.

use serde_json::{Value, json};

use super::registry::{EVENT, JOB, POOL, WEB, assert_no_trace, dump, start};
use crate::world::{App, Key, NO_SIGNATURE, Tool, sign_in};

/// They say whether the server runs and can read its registry.
const OPEN: [&str; 2] = ["/_poolhouse/health", "/_poolhouse/ready"];

/// The files of the console, which hold nothing; the stories about the console look into them.
const FILES: [&str; 3] = [
    "/_poolhouse/console",
    "/_poolhouse/console/greeting.json",
    "/_poolhouse/console/{file:.*}",
];

/// They need an access key.
const CLOSED: [&str; 3] = [
    "/_poolhouse/feedback-token",
    "/_poolhouse/import-log",
    "/_poolhouse/outbox",
];

/// They need an access key that may do something with the whole server; each with its methods.
const OF_SERVER: [(&str, &[&str]); 10] = [
    ("/_poolhouse/requests", &["GET"]),
    ("/_poolhouse/requests/{id}", &["GET"]),
    ("/_poolhouse/clock", &["GET", "POST", "DELETE"]),
    ("/_poolhouse/faults", &["GET", "POST", "DELETE"]),
    ("/_poolhouse/faults/{id}", &["DELETE"]),
    ("/_poolhouse/seeds", &["GET", "POST"]),
    ("/_poolhouse/metrics", &["GET"]),
    ("/_poolhouse/snapshots", &["GET"]),
    ("/_poolhouse/snapshots/{name}", &["PUT", "DELETE"]),
    ("/_poolhouse/snapshots/{name}/restore", &["POST"]),
];

/// It needs the signature of its own URL: the stories about imports try others.
const SIGNED_URL: [&str; 1] = ["/_poolhouse/import/{account}/{pool}/{job}"];

fn get(app: &App, path: &str) -> http::Request<Vec<u8>> {
    let request = http::Request::get(format!("{}{path}", app.url()));
    request.body(Vec::new()).unwrap()
}

/// The paths under `/_poolhouse/` that the server's source routes.
fn routes() -> Vec<String> {
    let sources = [
        include_str!("../../../src/http/control/mod.rs"),
        include_str!("../../../src/http/console/mod.rs"),
    ];
    let routes = sources
        .iter()
        .flat_map(|source| source.split("\"/_poolhouse/").skip(1));
    routes
        .map(|rest| format!("/_poolhouse/{}", rest.split_once('"').unwrap().0))
        .collect()
}

#[test]
fn every_control_endpoint_is_known_to_be_open_or_closed() {
    let of_server = OF_SERVER.map(|(path, _)| path);
    let known = OPEN
        .into_iter()
        .chain(FILES)
        .chain(CLOSED)
        .chain(SIGNED_URL);
    let mut known: Vec<&str> = known.chain(of_server).collect();
    let mut routed = routes();
    known.sort_unstable();
    routed.sort_unstable();
    assert_eq!(routed, known);
}

/// What the query string of a closed endpoint must say besides the pool.
fn further(path: &str) -> String {
    match path {
        "/_poolhouse/import-log" => format!("&JobId={JOB}"),
        "/_poolhouse/feedback-token" => format!("&Username=ana&EventId={EVENT}"),
        _ => String::new(),
    }
}

/// Tries a request with every kind of invalid credentials, and with keys that are not granted it: among them one of another
/// account, whose refusal has the code `foreign`.
fn assert_closed(app: &App, request: impl Fn() -> http::Request<Vec<u8>>, foreign: &str) {
    let shown = format!("{} {}", request().method(), request().uri());
    let signed = |key: &Key| key.sign_request(app, request());
    app.send(request()).refused_as(NO_SIGNATURE);
    let refused = |request, code: &str| {
        let answer = app.send(request);
        assert_eq!(
            (answer.status, &*answer.refusal().0),
            (400, code),
            "{shown}"
        );
    };
    refused(
        signed(&Key::new("AKIANOBODY", "test")),
        "UnrecognizedClientException",
    );
    refused(
        signed(&Key::new("test", "guess")),
        "InvalidSignatureException",
    );
    for ahead in [-360, 360] {
        let key = Key {
            ahead,
            ..Key::default()
        };
        refused(signed(&key), "InvalidSignatureException");
    }
    for (region, service) in [("eu-west-1", "cognito-idp"), ("us-east-1", "execute-api")] {
        let mut key = Key::default();
        (key.region, key.service) = (region.to_owned(), service.to_owned());
        refused(signed(&key), "InvalidSignatureException");
    }
    let mut other_query = signed(&Key::default());
    let join = if request().uri().query().is_some() {
        '&'
    } else {
        '?'
    };
    *other_query.uri_mut() = format!("{}{join}more=1", request().uri()).parse().unwrap();
    refused(other_query, "InvalidSignatureException");
    let of = |id| Key::new(id, "secret-of-the-key");
    refused(signed(&of("OTHER-ACTION")), "AccessDeniedException");
    refused(signed(&of("OTHER-POOL")), "AccessDeniedException");
    refused(signed(&of("OTHER-ACCOUNT")), foreign);
}

#[test]
fn what_is_closed_needs_an_access_key_that_may() {
    let app = start();
    sign_in(&app, WEB, "ben");
    let before = dump(&app.database(), &[]);
    for path in CLOSED {
        let path = format!("{path}?UserPoolId={POOL}{}", further(path));
        assert_closed(&app, || get(&app, &path), "NotAuthorizedException");
        app.get_signed(&path).ok();
    }
    assert_no_trace(&app, &before, &[]);
}

#[test]
fn what_is_about_the_whole_server_needs_a_key_of_the_administrators_account() {
    let app = start();
    let before = dump(&app.database(), &[]);
    let saved = "/_poolhouse/snapshots/kept";
    app.control(&Key::default(), "PUT", saved, &Value::Null)
        .ok();
    for (path, methods) in OF_SERVER {
        let path = path.replace("{name}", "kept").replace("{id}", "1");
        for method in methods {
            let request = || {
                let request = http::Request::builder().method(*method);
                let request = request.uri(format!("{}{path}", app.url()));
                request.body(Vec::new()).unwrap()
            };
            assert_closed(&app, request, "AccessDeniedException");
        }
    }
    assert_no_trace(&app, &before, &[]);
    let snapshots = app.get_signed("/_poolhouse/snapshots").ok();
    assert_eq!(snapshots["Snapshots"].as_array().unwrap().len(), 1);
    assert_eq!(app.get_signed("/_poolhouse/clock").ok()["Frozen"], false);
}

#[test]
fn what_is_open_tells_nothing_of_the_registry() {
    let app = start();
    let version = env!("CARGO_PKG_VERSION");
    let [health, ready] = OPEN.map(|path| app.send(get(&app, path)).ok());
    assert_eq!(health, json!({"status": "ok", "version": version}));
    assert_eq!(ready, json!({"status": "ready"}));
    for path in OPEN {
        let with_query = format!("{path}?UserPoolId={POOL}&Username=ana");
        assert_eq!(
            app.send(get(&app, &with_query)).ok(),
            app.send(get(&app, path)).ok()
        );
    }
    std::fs::rename(app.database(), app.database().with_extension("moved")).unwrap();
    app.seconds_pass(1);
    let answer = app.send(get(&app, OPEN[1]));
    assert_eq!(
        (answer.status, answer.json()),
        (503, json!({"status": "not ready"}))
    );
}

#[test]
fn nothing_else_is_there() {
    let app = start();
    for path in [
        "/_poolhouse",
        "/_poolhouse/",
        "/_poolhouse/metrics/",
        "/_poolhouse/seed",
        "/_poolhouse/Outbox",
    ] {
        let request = Key::default().sign_request(&app, get(&app, path));
        assert_eq!(app.send(request).status, 404, "{path}");
    }
    let of_server = OF_SERVER.map(|(path, _)| path);
    for path in OPEN.into_iter().chain(CLOSED).chain(of_server) {
        let path = path.replace("{name}", "kept").replace("{id}", "1");
        let answer = app.control(&Key::default(), "PATCH", &path, &json!({}));
        assert_eq!(answer.status, 405, "{path}");
    }
}

#[test]
fn the_command_line_says_what_is_open() {
    let help = Tool::new().run("serve --help").stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in ["/_poolhouse/health", "/_poolhouse/ready", "access key"] {
        assert!(help.contains(said), "{said}: {help}");
    }
}
