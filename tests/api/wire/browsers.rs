//! What web pages may do that a developer opens: pages of other origins, and pages on names that lead to this machine.

use serde_json::{Value, json};

use crate::world::{App, Key, POOL, Setup, device, registry};

/// A page's call over a connection of its own: as it stands on the wire, and what came back.
struct Page<'a> {
    app: &'a App,
    /// What the browser puts into `Host`.
    host: String,
    /// What the browser puts into `Origin`.
    origin: Option<&'a str>,
}

/// Head and body of an answer.
struct Answered {
    head: String,
    body: String,
}

impl Answered {
    fn of(answer: &str) -> Self {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Self {
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    fn is_shared(&self) -> bool {
        self.head.contains("access-control-allow-origin: *")
    }

    fn status(&self) -> &str {
        &self.head["http/1.1 ".len()..][..3]
    }

    #[track_caller]
    fn assert_denied(&self, words: &str) {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body["__type"], "AccessDeniedException");
        let message = body["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
        assert_eq!(self.status(), "400");
        assert!(!self.head.contains("access-control-"), "{}", self.head);
    }
}

impl<'a> Page<'a> {
    fn at(app: &'a App) -> Self {
        Self {
            app,
            host: app.host(),
            origin: None,
        }
    }

    fn of(app: &'a App, origin: &'a str) -> Self {
        Self {
            origin: Some(origin),
            ..Self::at(app)
        }
    }

    fn on(app: &'a App, host: &str) -> Self {
        Self {
            host: host.to_owned(),
            ..Self::at(app)
        }
    }

    fn post(&self, operation: &str, input: &Value) -> http::Request<Vec<u8>> {
        http::Request::post(format!("http://{}/", self.host))
            .header("content-type", "application/x-amz-json-1.1")
            .header(
                "x-amz-target",
                format!("AWSCognitoIdentityProviderService.{operation}"),
            )
            .body(input.to_string().into_bytes())
            .unwrap()
    }

    fn send(&self, request: &http::Request<Vec<u8>>) -> Answered {
        let path = request.uri().path_and_query().unwrap();
        let mut bytes = format!(
            "{} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
            request.method(),
            self.host,
            request.body().len()
        )
        .into_bytes();
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
        let origin = self.origin.map(|origin| ("Origin", origin.as_bytes()));
        for (name, value) in headers.chain(origin) {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(b"\r\n");
        bytes.extend(request.body());
        Answered::of(&self.app.raw(&bytes))
    }

    fn signed(&self, key: &Key, request: http::Request<Vec<u8>>) -> Answered {
        self.send(&key.sign_request(self.app, request))
    }

    /// `AdminForgetDevice`, signed with the shipped key.
    fn forget(&self) -> Answered {
        let request = self.post("AdminForgetDevice", &remembered());
        self.signed(&Key::default(), request)
    }

    /// `GetUser`, which needs no signature, with a token that is none.
    fn get_user(&self) -> Answered {
        self.send(&self.post("GetUser", &json!({"AccessToken": "a"})))
    }

    fn preflight(&self, headers: &str) -> Answered {
        let request = http::Request::options(format!("http://{}/", self.host))
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", headers)
            .body(Vec::new());
        self.send(&request.unwrap())
    }
}

fn remembered() -> Value {
    json!({"UserPoolId": POOL, "Username": "diego", "DeviceKey": device::REMEMBERED})
}

const FOREIGN_ORIGINS: [&str; 8] = [
    "https://evil.example",
    "http://localhost.evil.example:5173",
    "http://127.0.0.1.evil.example",
    "http://192.168.1.7:3000",
    "null",
    "file://",
    "http://localhost:5173, https://evil.example",
    "",
];
const FOREIGN_HOSTS: [&str; 4] = [
    "evil.example",
    "evil.example:9229",
    "localhost.evil.example",
    "192.168.1.7",
];

#[test]
fn a_page_of_another_origin_cannot_use_the_shipped_key() {
    let app = App::with_devices();
    for origin in FOREIGN_ORIGINS {
        let page = Page::of(&app, origin);
        page.forget().assert_denied("http.trusted_origins");
        // Whether it would have been signed right or not, and whatever it asks for.
        let unsigned = page.send(&page.post("AdminForgetDevice", &json!({})));
        unsigned.assert_denied("http.trusted_origins");
        for names in ["content-type,AUTHORIZATION ,x-amz-date", "authorization"] {
            page.preflight(names).assert_denied("http.trusted_origins");
        }
        let outbox = format!("http://{}/_poolhouse/outbox", app.host());
        let outbox = http::Request::get(outbox).body(Vec::new()).unwrap();
        page.signed(&Key::default(), outbox)
            .assert_denied("http.trusted_origins");
        // A form can send these across origins without a preflight.
        let mut simple = page.post("AdminForgetDevice", &remembered());
        simple
            .headers_mut()
            .insert("content-type", "text/plain".parse().unwrap());
        assert_eq!(page.signed(&Key::default(), simple).status(), "404");
    }
    app.device("diego", device::REMEMBERED).ok();
}

#[test]
fn a_page_of_this_machine_uses_the_shipped_key() {
    for origin in [
        "http://localhost:5173",
        "https://localhost",
        "http://127.0.0.1:3000",
        "http://[::1]:3000",
        "https://app.localhost:8443",
        "capacitor://localhost",
        "http://0.0.0.0:8000",
    ] {
        let app = App::with_devices();
        let page = Page::of(&app, origin);
        assert!(page.preflight("authorization,content-type").is_shared());
        let answered = page.forget();
        assert_eq!(answered.status(), "200", "{}", answered.body);
        assert!(answered.is_shared());
    }
}

#[test]
fn a_name_that_leads_to_this_machine_is_not_this_machine() {
    let app = App::with_devices();
    for host in FOREIGN_HOSTS {
        let page = Page::on(&app, host);
        page.forget().assert_denied("http.trusted_hosts");
        page.preflight("authorization")
            .assert_denied("http.trusted_hosts");
        // The page's own origin is no better.
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
    // In the target of the request the name counts as well.
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
fn operations_without_a_signature_are_for_every_page() {
    let app = App::with_devices();
    for origin in FOREIGN_ORIGINS.into_iter().chain(["http://localhost:5173"]) {
        let page = Page::of(&app, origin);
        let answered = page.get_user();
        assert!(answered.is_shared());
        assert!(answered.body.contains("NotAuthorizedException"));
        assert!(page.preflight("content-type,x-amz-target").is_shared());
        let keys = format!("http://{}/{POOL}/.well-known/jwks.json", app.host());
        let keys = page.send(&http::Request::get(keys).body(Vec::new()).unwrap());
        assert!(keys.is_shared());
        assert_eq!(keys.status(), "200");
    }
    for host in FOREIGN_HOSTS {
        let answered = Page::on(&app, host).get_user();
        assert!(answered.body.contains("NotAuthorizedException"));
    }
}

#[test]
fn with_a_key_of_ones_own_every_page_may_call() {
    let app = Setup::new()
        .with("access_key_id", "AKIAOWN")
        .with("secret_access_key", "own")
        .seeded(registry())
        .start();
    let key = Key::new("AKIAOWN", "own");
    for origin in FOREIGN_ORIGINS {
        for host in FOREIGN_HOSTS {
            let page = Page {
                origin: Some(origin),
                ..Page::on(&app, host)
            };
            assert!(page.preflight("authorization").is_shared());
            let request = page.post("AdminGetDevice", &remembered());
            let answered = page.signed(&key, request);
            assert_eq!(answered.status(), "200", "{}", answered.body);
            assert!(answered.is_shared());
        }
    }
}

#[test]
fn the_shipped_key_is_guarded_among_others_as_well() {
    let others = "access_key_id = 'AKIAOWN'\nsecret_access_key = 'own'\n[[access_keys]]\nid = 'test'\nsecret = 'test'";
    let app = Setup::new().with_file(others).seeded(registry()).start();
    let page = Page::of(&app, "https://evil.example");
    page.forget().assert_denied("http.trusted_origins");
}

#[test]
fn the_shipped_secret_is_guarded_under_another_id_as_well() {
    let setup = Setup::new().with_file("access_key_id = 'admin'");
    let app = setup.seeded(registry()).start();
    let page = Page::of(&app, "https://evil.example");
    let request = page.post("AdminForgetDevice", &remembered());
    let answered = page.signed(&Key::new("admin", "test"), request);
    answered.assert_denied("http.trusted_origins");
}

#[test]
fn the_settings_name_more_hosts_and_origins() {
    let more = "[http]\ntrusted_hosts = ['Cognito.test', 'other.test:9229']\ntrusted_origins = ['HTTPS://app.example.com', 'null']";
    let app = Setup::new().with_file(more).seeded(registry()).start();
    let status = |page: Page<'_>| {
        let request = page.post("AdminGetDevice", &remembered());
        let answered = page.signed(&Key::default(), request);
        answered.status().to_owned()
    };
    for host in ["cognito.test", "cognito.TEST:1", "other.test:9229"] {
        assert_eq!(status(Page::on(&app, host)), "200", "{host}");
    }
    for host in ["other.test", "www.cognito.test"] {
        assert_eq!(status(Page::on(&app, host)), "400", "{host}");
    }
    for origin in ["https://app.example.com", "null"] {
        assert_eq!(status(Page::of(&app, origin)), "200", "{origin}");
    }
    for origin in ["http://app.example.com", "https://app.example.com:8443"] {
        assert_eq!(status(Page::of(&app, origin)), "400", "{origin}");
    }
    // A page that the server is asked for by a trusted name is of this server.
    let page = Page {
        origin: Some("http://cognito.test:9229"),
        ..Page::on(&app, "cognito.test:9229")
    };
    assert_eq!(status(page), "200");
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
