//! A signed request. A test sends it byte for byte, or changes it first.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::world::{Answer, App, Key, remembered};

/// A request that has been signed, ready to be changed.
#[derive(Clone)]
pub(super) struct Signed {
    pub(super) path: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

impl Signed {
    /// `AdminGetDevice` on an existing device, signed by the aws-sigv4 crate.
    pub(super) fn new(app: &App) -> Self {
        Self::by(app, &Key::default())
    }

    /// The same request, signed with this key.
    pub(super) fn by(app: &App, key: &Key) -> Self {
        Self::of(&key.sign(app, "AdminGetDevice", remembered().to_string().into_bytes()))
    }

    /// A request that was signed elsewhere.
    pub(super) fn of(request: &http::Request<Vec<u8>>) -> Self {
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
        let host = request.uri().authority().unwrap().as_str();
        Self {
            path: request.uri().path_and_query().unwrap().to_string(),
            headers: headers.collect(),
            body: request.body().clone(),
        }
        .with("host", host)
    }

    /// The place of a header among the headers.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        let mut headers = self.headers.iter();
        headers.position(|(header, _)| header.eq_ignore_ascii_case(name))
    }

    /// The text of a header.
    pub(super) fn header(&self, name: &str) -> &str {
        let (_, value) = &self.headers[self.position(name).unwrap()];
        std::str::from_utf8(value).unwrap()
    }

    /// The same request with this value of a header.
    pub(super) fn with(&self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let mut changed = self.clone();
        let value = value.as_ref().to_vec();
        match self.position(name) {
            Some(index) => changed.headers[index].1 = value,
            None => changed.headers.push((name.to_owned(), value)),
        }
        changed
    }

    /// The same request with one more header, even if there is one of this name.
    pub(super) fn and(&self, name: &str, value: &str) -> Self {
        let mut changed = self.clone();
        changed.headers.push((name.to_owned(), value.into()));
        changed
    }

    /// The same request without a header.
    pub(super) fn without(&self, name: &str) -> Self {
        let mut changed = self.clone();
        changed.headers.remove(self.position(name).unwrap());
        changed
    }

    /// The same request with another body.
    pub(super) fn with_body(&self, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..self.clone()
        }
    }

    /// The `Authorization` header.
    pub(super) fn authorization(&self) -> &str {
        self.header("authorization")
    }

    /// A parameter of the `Authorization` header.
    pub(super) fn parameter(&self, name: &str) -> &str {
        let (_, rest) = self
            .authorization()
            .split_once(&format!("{name}="))
            .unwrap();
        rest.split_once(',').map_or(rest, |(value, _)| value)
    }

    /// The same request with this value of a parameter of `Authorization`.
    pub(super) fn with_parameter(&self, name: &str, value: &str) -> Self {
        let old = format!("{name}={}", self.parameter(name));
        let new = self
            .authorization()
            .replace(&old, &format!("{name}={value}"));
        self.with("authorization", new)
    }

    /// The same request without a parameter of `Authorization`.
    pub(super) fn without_parameter(&self, name: &str) -> Self {
        let parameter = format!("{name}={}", self.parameter(name));
        let without = self.authorization().replace(&parameter, "");
        self.with("authorization", without)
    }

    /// The names of the signed headers.
    pub(super) fn signed_headers(&self) -> Vec<&str> {
        self.parameter("SignedHeaders").split(';').collect()
    }

    /// Sends the request over a connection of its own.
    pub(super) fn send(&self, app: &App) -> Answer {
        let mut stream = TcpStream::connect(app.host()).unwrap();
        stream.write_all(&self.bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        read(&answer)
    }

    /// The request as it goes over the wire.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("POST {} HTTP/1.1\r\n", self.path).into_bytes();
        let length = self.body.len().to_string();
        let ours = [("connection", "close"), ("content-length", &length)];
        let signed = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), &**value));
        for (name, value) in signed.chain(ours.map(|(name, value)| (name, value.as_bytes()))) {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        bytes
    }
}

/// Parses an answer.
fn read(bytes: &[u8]) -> Answer {
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let mut lines = std::str::from_utf8(&bytes[..end]).unwrap().split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (
            http::HeaderName::try_from(name).unwrap(),
            http::HeaderValue::try_from(value).unwrap(),
        )
    });
    Answer {
        status: status.parse().unwrap(),
        headers: headers.collect(),
        body: bytes[end + 4..].to_vec(),
    }
}
