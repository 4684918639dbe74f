//! What a web page may do that a developer opens: a page of another origin, or a page on a name that resolves to this machine.

mod hosts;
mod origins;

use serde_json::{Value, json};

use crate::world::{App, Key, remembered};

/// A web page that calls the server.
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

    /// `GetUser`, which needs no signature, with an invalid token.
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

const FOREIGN_HOSTS: [&str; 4] = [
    "evil.example",
    "evil.example:9229",
    "localhost.evil.example",
    "192.168.1.7",
];
