//! What a span says.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::{INTERNAL, attribute, requests, traced};
use crate::world::{
    Collector, Key, NOW_MS, PASSWORD, POOL, Pool, Setup, User, WEB, attribute_of, remembered,
    sign_in_by_srp,
};

/// When the tests' clock stands still, in nanoseconds.
fn now() -> u64 {
    u64::try_from(NOW_MS).unwrap() * 1_000_000
}

#[test]
fn a_request_is_a_span_that_says_what_its_line_in_the_log_says() {
    let collector = Collector::start();
    let app = traced(&collector).start();
    let answer = app.call("AdminGetDevice", &remembered());
    answer.ok();
    let id = answer.header("x-amzn-requestid").to_owned();
    let spans = requests(app, &collector);
    let [span] = spans.as_slice() else {
        panic!("{spans:?}")
    };
    assert_eq!(span.name, "AdminGetDevice");
    assert_eq!((span.trace_id.len(), span.span_id.len()), (16, 8));
    assert!(span.parent_span_id.is_empty());
    assert_eq!(
        (span.start_time_unix_nano, span.end_time_unix_nano),
        (now(), now())
    );
    assert_eq!((span.flags, span.status.clone()), (0x101, None));
    for (key, value) in [
        ("rpc.system", "aws-api"),
        ("rpc.service", "Cognito Identity Provider"),
        ("rpc.method", "AdminGetDevice"),
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
        ("url.scheme", "http"),
        ("url.path", "/"),
        ("client.address", "127.0.0.1"),
        ("aws.request_id", &id),
        ("poolhouse.pool", POOL),
        ("poolhouse.key", "test"),
        ("error.type", ""),
        ("poolhouse.trace_id", ""),
    ] {
        assert_eq!(attribute(span, key), value, "{key}");
    }
    let [batch] = collector.came().try_into().unwrap_or_else(|_| panic!());
    assert!(batch.head[0].starts_with("POST /v1/traces HTTP/1.1"));
    assert_eq!(batch.header("content-type"), Some("application/x-protobuf"));
    let sent = batch.request();
    let [resource] = sent.resource_spans.as_slice() else {
        panic!("{sent:?}")
    };
    let of_server = &resource.resource.as_ref().unwrap().attributes;
    assert_eq!(attribute_of(of_server, "service.name"), "poolhouse");
    assert_eq!(
        attribute_of(of_server, "service.version"),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(attribute_of(of_server, "service.instance.id").len(), 36);
    let scope = resource.scope_spans[0].scope.as_ref().unwrap();
    assert_eq!(scope.name, "poolhouse");
}

#[test]
fn a_span_takes_as_long_as_its_request() {
    let collector = Collector::start();
    let app = traced(&collector).start();
    let mut stream = TcpStream::connect(app.host()).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: \
         AWSCognitoIdentityProviderService.GetUser\r\nContent-Length: 19\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        app.host()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.read_exact(&mut [0; 25]).unwrap();
    app.milliseconds_pass(250);
    stream.write_all(br#"{"AccessToken":"a"}"#).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    let [span] = requests(app, &collector).try_into().unwrap();
    assert_eq!(span.name, "GetUser");
    assert_eq!(span.start_time_unix_nano, now());
    assert_eq!(span.end_time_unix_nano - now(), 250_000_000);
}

#[test]
fn a_refusal_has_its_code_and_only_a_fault_of_the_server_is_an_error() {
    let collector = Collector::start();
    let app = traced(&collector).start();
    let nobody = json!({"UserPoolId": POOL, "Username": "nobody"});
    app.call("AdminGetUser", &nobody).refusal();
    let fault = json!({"Operation": "AdminGetUser", "Error": "InternalErrorException", "Count": 1});
    let key = Key::default();
    app.control(&key, "POST", "/_poolhouse/faults", &fault).ok();
    app.call("AdminGetUser", &nobody).refusal();
    let [refused, _, failed] = requests(app, &collector).try_into().unwrap();
    assert_eq!(attribute(&refused, "error.type"), "UserNotFoundException");
    assert_eq!(attribute(&refused, "http.response.status_code"), "400");
    assert_eq!(
        attribute(&refused, "poolhouse.reason"),
        "User does not exist."
    );
    assert_eq!(refused.status, None);
    assert_eq!(attribute(&failed, "error.type"), "InternalErrorException");
    assert_eq!(attribute(&failed, "poolhouse.fault"), "1");
    let status = failed.status.unwrap();
    // `STATUS_CODE_ERROR`.
    assert_eq!((status.code, &*status.message), (2, "by fault 1"));
}

#[test]
fn what_takes_time_on_the_way_has_spans_of_its_own() {
    let collector = Collector::start();
    let app = Pool::new(POOL)
        .client(WEB)
        .user(User::new("ana").password(PASSWORD))
        .setup()
        .with("traces_endpoint", &collector.url())
        .start();
    sign_in_by_srp(&app, WEB, "ana", PASSWORD, &[]).ok();
    let sign_in = requests(app, &collector).into_iter();
    let sign_in: Vec<_> = sign_in
        .filter(|span| span.name.ends_with("Challenge"))
        .collect();
    let [last] = sign_in.as_slice() else {
        panic!("{sign_in:?}")
    };
    assert_eq!(attribute(last, "poolhouse.challenge"), "PASSWORD_VERIFIER");
    assert_eq!(attribute(last, "poolhouse.next"), "tokens");
    assert_eq!(attribute(last, "poolhouse.client"), WEB.id);
    let all = collector.spans().into_iter();
    let steps: Vec<_> = all
        .filter(|span| span.parent_span_id == last.span_id)
        .collect();
    for step in &steps {
        assert_eq!((step.kind, step.flags), (INTERNAL, 0x101));
        assert_eq!(step.trace_id, last.trace_id);
        assert!(step.attributes.is_empty());
        let turns = step.events.iter().map(|event| &*event.name);
        let expected: &[&str] = if step.name == "compute" {
            &[]
        } else {
            &["turn"]
        };
        assert!(turns.eq(expected.iter().copied()), "{step:?}");
    }
    for name in ["read", "compute", "write"] {
        assert!(steps.iter().any(|step| step.name == name), "{name}");
    }
}

#[test]
fn an_endpoint_that_is_no_operation_has_its_path_without_the_query() {
    let collector = Collector::start();
    let app = traced(&collector)
        .with("traces_service_name", "shop-users")
        .start();
    let path = format!("{}/{POOL}/.well-known/jwks.json?code=123456", app.url());
    app.send(http::Request::get(path).body(Vec::new()).unwrap())
        .ok();
    let [span] = requests(app, &collector).try_into().unwrap();
    assert_eq!(span.name, "jwks");
    assert_eq!(attribute(&span, "http.request.method"), "GET");
    assert_eq!(
        attribute(&span, "url.path"),
        format!("/{POOL}/.well-known/jwks.json")
    );
    assert_eq!(attribute(&span, "rpc.system"), "");
    let sent = collector.came()[0].request();
    let resource = sent.resource_spans[0].resource.clone().unwrap();
    assert_eq!(
        attribute_of(&resource.attributes, "service.name"),
        "shop-users"
    );
}

#[test]
fn without_a_collector_nothing_is_traced() {
    let app = Setup::new().start();
    super::health(&app, &[("traceparent", super::callers::SAMPLED)]).ok();
    let line = app.get_signed("/_poolhouse/requests").ok()["Requests"][0].clone();
    assert_eq!(line["message"], "health");
    assert!(line["trace_id"].is_null(), "{line}");
    assert_eq!(super::counted(&app, "sent"), 0);
}
