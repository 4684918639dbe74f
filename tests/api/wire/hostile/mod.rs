//! Hostile and slow clients: the server serves the others meanwhile, and closes the connections of these in the end.

mod bodies;
mod connections;
mod requests;
mod slow;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::world::{App, Setup, device, registry};

/// Longer than any test runs.
const LONG: &str = "3600";

/// A server that closes no connection while a test runs.
fn patient() -> App {
    Setup::new()
        .with("http_head_seconds", LONG)
        .with("http_body_seconds", LONG)
        .with("http_keep_alive_seconds", LONG)
        .seeded(registry())
        .start()
}

/// A connection of the test's own.
fn connect(app: &App) -> TcpStream {
    let stream = TcpStream::connect(app.host()).unwrap();
    let patience = Some(Duration::from_mins(1));
    stream.set_read_timeout(patience).unwrap();
    stream
}

/// A connection on which this has been sent.
fn holding(app: &App, bytes: &[u8]) -> TcpStream {
    let mut stream = connect(app);
    stream.write_all(bytes).unwrap();
    stream
}

/// The head of an operation that needs no signature; `framing` says how long its body is.
fn head(app: &App, framing: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: \
         AWSCognitoIdentityProviderService.GetUser\r\n{framing}\r\n\r\n",
        app.host()
    )
}

/// Everything that the server sends until it closes the connection.
fn to_the_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        // The server may close before it has read everything.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection is not closed: {error}"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn assert_served(app: &App) {
    for _ in 0..20 {
        app.device("diego", device::REMEMBERED).ok();
    }
}

const HEALTH: &[u8] = b"GET /_poolhouse/health HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Reads one answer with a body of known length.
fn one_answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        assert_eq!(
            stream.read(&mut byte).unwrap(),
            1,
            "the connection has ended"
        );
        answer.push(byte[0]);
    }
    let head = String::from_utf8(answer.clone())
        .unwrap()
        .to_ascii_lowercase();
    let (_, length) = head.split_once("content-length: ").unwrap();
    let length = length.split("\r\n").next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    answer.extend(body);
    String::from_utf8(answer).unwrap()
}

/// A connection on which a request has been answered.
fn idle(app: &App) -> TcpStream {
    let mut stream = holding(app, HEALTH);
    assert!(one_answer(&mut stream).starts_with("HTTP/1.1 200 OK"));
    stream
}
