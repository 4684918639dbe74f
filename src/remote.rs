//! A running server, asked by HTTP over a connection for each request.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::access::AccessKey;
use crate::ambient::Ambient;
use crate::http::signed_headers;
use crate::settings::Settings;

/// How long the server may take to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Why a server did not do what it was asked, in words for people.
#[derive(Debug)]
pub(crate) struct RemoteError(pub(crate) String);

/// A running server, and the key to sign with.
pub(crate) struct Remote {
    pub(crate) address: SocketAddr,
    region: String,
    key: AccessKey,
}

impl Remote {
    /// The server at the address, to be asked with the first access key of its settings. Returns `None` if they have no key.
    pub(crate) fn new(address: SocketAddr, settings: &Settings) -> Option<Self> {
        Some(Self {
            address: reachable(address),
            region: settings.region.clone(),
            key: settings.access_keys().first()?.clone(),
        })
    }

    /// Sends a signed request to a control endpoint. Returns the answer, which may take up to `patience`.
    ///
    /// # Errors
    /// Why there is no answer, or why the server refuses.
    pub(crate) fn call(
        &self,
        method: &str,
        target: &str,
        body: Option<&Value>,
        patience: Duration,
    ) -> Result<Value, RemoteError> {
        let body = body.map_or_else(String::new, Value::to_string);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = signed_headers(
            (method, path, query),
            &self.address.to_string(),
            body.as_bytes(),
            (&self.key, &self.region),
            Ambient::system().system_now(),
        );
        let headers = headers.map_err(|error| RemoteError(error.to_string()))?;
        let request = Request {
            method,
            target,
            headers: &headers,
            body: &body,
        };
        let (status, answer) = request
            .send(self.address, patience)
            .map_err(|error| RemoteError(no_answer(self.address, patience, &error)))?;
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        if status.split_whitespace().nth(1) == Some("200") {
            return Ok(answer);
        }
        let said = answer.get("message").and_then(Value::as_str);
        let why = said.unwrap_or(status.trim_end());
        Err(RemoteError(format!("{} refuses: {why}", self.address)))
    }
}

/// A request to a server.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) headers: &'a [(&'static str, String)],
    pub(crate) body: &'a str,
}

impl Request<'_> {
    /// Sends the request over a connection of its own. Returns the status line and the body of the answer.
    ///
    /// # Errors
    /// When no server is there, or it does not answer within `patience`.
    pub(crate) fn send(
        &self,
        address: SocketAddr,
        patience: Duration,
    ) -> io::Result<(String, String)> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(patience))?;
        let (method, target, body) = (self.method, self.target, self.body);
        let length = body.len();
        let headers: Vec<String> = (self.headers.iter())
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let headers = headers.concat();
        let head = format!(
            "{method} {target} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes())?;
        let mut answer = BufReader::new(stream);
        let mut status = String::new();
        answer.read_line(&mut status)?;
        let mut rest = String::new();
        answer.read_to_string(&mut rest)?;
        let body = rest.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Ok((status, body.to_owned()))
    }
}

/// The reason for a missing answer: a timeout, or the system's message.
pub(crate) fn no_answer(address: SocketAddr, patience: Duration, error: &io::Error) -> String {
    if matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    ) {
        let seconds = patience.as_secs();
        format!("{address} did not answer within {seconds} seconds")
    } else {
        format!("no answer from {address}: {error}")
    }
}

/// The address to ask a server that listens on all addresses.
pub(crate) fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_takes_too_long_is_told_from_one_that_is_not_there() {
        let address: SocketAddr = "127.0.0.1:9229".parse().unwrap();
        for late in [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut] {
            assert_eq!(
                no_answer(address, PATIENCE, &late.into()),
                "127.0.0.1:9229 did not answer within 5 seconds"
            );
        }
        assert_eq!(
            no_answer(address, PATIENCE, &io::ErrorKind::ConnectionRefused.into()),
            "no answer from 127.0.0.1:9229: connection refused"
        );
    }
}
