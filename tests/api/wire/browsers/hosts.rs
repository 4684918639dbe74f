//! Names that resolve to this machine, and values of `Host` that are not valid.

use serde_json::Value;

use super::{Answered, FOREIGN_HOSTS, Page};
use crate::world::{App, Key, POOL, device, remembered};

#[test]
fn a_name_that_leads_to_this_machine_is_not_this_machine() {
    let app = App::with_devices();
    for host in FOREIGN_HOSTS {
        let page = Page::on(&app, host);
        page.forget().assert_denied("http.trusted_hosts");
        page.preflight("authorization")
            .assert_denied("http.trusted_hosts");
        // The page's own origin does not help.
        let origin = format!("http://{host}");
        let page = Page {
            origin: Some(&origin),
            ..page
        };
        page.forget().assert_denied("http.trusted_hosts");
        let outbox = http::Request::get(format!("http://{host}/_poolhouse/outbox"));
        page.signed(&Key::default(), outbox.body(Vec::new()).unwrap())
            .assert_denied("http.trusted_hosts");
    }
    // The name in the target of the request counts as well.
    let absolute = "POST http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nContent-Length: 2\r\nContent-Type: \
         application/x-amz-json-1.1\r\nX-Amz-Target: AWSCognitoIdentityProviderService.ListUserPools\r\n\r\n{}";
    Answered::of(&app.raw(absolute.as_bytes())).assert_denied("http.trusted_hosts");
    app.device("diego", device::REMEMBERED).ok();
    let port = app.host().rsplit_once(':').unwrap().1.to_owned();
    for host in [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "app.localhost",
        "127.0.0.2",
        "[::1]",
        "cognito-idp.us-east-1.amazonaws.com",
    ] {
        for host in [host.to_owned(), format!("{host}:{port}")] {
            let page = Page::on(&app, &host);
            let request = page.post("AdminGetDevice", &remembered());
            let answered = page.signed(&Key::default(), request);
            assert_eq!(answered.status(), "200", "{host}: {}", answered.body);
        }
    }
}

#[test]
fn what_is_no_host_is_refused_everywhere() {
    let app = App::with_devices();
    let paths = [
        format!("/{POOL}/.well-known/openid-configuration"),
        format!("/{POOL}/.well-known/jwks.json"),
        "/_poolhouse/health".to_owned(),
        "/_poolhouse/ready".to_owned(),
        "/_poolhouse/outbox".to_owned(),
        "/".to_owned(),
        "/nothing".to_owned(),
    ];
    let wrong = [
        "Host:",
        "Host: ",
        "Host: a b",
        "Host: evil.example/path",
        "Host: user:password@evil.example",
        "Host: \"quoted\"",
        "Host: it's",
        "Host: http://localhost",
        "Host: localhost:http",
        "Host: localhost:65536",
        "Host: ::1",
        "Host: [::1",
        "Host: a,b",
        "Host: \u{e4}",
    ];
    for path in &paths {
        for header in wrong {
            let request = format!("GET {path} HTTP/1.1\r\n{header}\r\nConnection: close\r\n\r\n");
            let answer = Answered::of(&app.raw(request.as_bytes()));
            assert_eq!(answer.status(), "400", "{path} {header}");
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(body["__type"], "MalformedHttpRequestException");
        }
        for headers in [
            "X-No-Host: a",
            "Host: localhost\r\nHost: localhost",
            "Host: localhost\r\nhost: evil.example",
        ] {
            let request = format!("GET {path} HTTP/1.1\r\n{headers}\r\n\r\n");
            let answer = Answered::of(&app.raw(request.as_bytes()));
            assert_eq!(answer.status(), "400", "{path} {headers}");
        }
        let two = format!(
            "GET http://localhost:1{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(Answered::of(&app.raw(two.as_bytes())).status(), "400");
        let user = format!(
            "GET http://a:b@localhost{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(Answered::of(&app.raw(user.as_bytes())).status(), "400");
    }
}

#[test]
fn the_issuer_is_the_host_in_one_way_of_writing() {
    let app = App::with_devices();
    let issuer = |request: String| {
        let answer = Answered::of(&app.raw(request.as_bytes()));
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        body["issuer"].as_str().unwrap().to_owned()
    };
    let path = format!("/{POOL}/.well-known/openid-configuration");
    for (host, expected) in [
        ("LocalHost:9229", "localhost:9229"),
        ("auth.Example.com.", "auth.example.com."),
        ("[0::1]:80", "[::1]:80"),
        ("localhost:", "localhost"),
    ] {
        let expected = format!("http://{expected}/{POOL}");
        let header = format!("Host: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(issuer(format!("GET {path} HTTP/1.1\r\n{header}")), expected);
        assert_eq!(
            issuer(format!("GET http://{host}{path} HTTP/1.1\r\n{header}")),
            expected
        );
    }
    let listening = format!("http://{}/{POOL}", app.host());
    assert_eq!(issuer(format!("GET {path} HTTP/1.0\r\n\r\n")), listening);
    let named = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
    assert_eq!(issuer(named), format!("http://localhost/{POOL}"));
}
