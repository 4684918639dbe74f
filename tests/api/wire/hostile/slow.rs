//! Slow clients.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{
    HEALTH, LONG, assert_served, connect, head, holding, idle, one_answer, patient, to_the_end,
};
use crate::world::{App, POOL, Setup, device, registry};

/// A server that closes each slow connection after a second.
fn impatient() -> App {
    Setup::new()
        .with("http_head_seconds", "1")
        .with("http_body_seconds", "1")
        .with("http_keep_alive_seconds", "1")
        .seeded(registry())
        .start()
}

/// The answer up to the end of its first line, as far as it has arrived.
fn status_line(stream: &mut TcpStream) -> String {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.last() != Some(&b'\n') && stream.read(&mut byte).unwrap() == 1 {
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap()
}

#[test]
fn others_are_served_while_slow_clients_are_held() {
    let app = patient();
    let body = r#"{"AccessToken":"a"}"#;
    let whole = format!(
        "{}{body}",
        head(&app, &format!("Content-Length: {}", body.len()))
    );
    let chunked = format!(
        "{}{:x}\r\n{body}\r\n0\r\n\r\n",
        head(&app, "Transfer-Encoding: chunked"),
        body.len()
    );
    let health = "GET /_poolhouse/health HTTP/1.1\r\nHost: a\r\n\r\n";
    // Each stops at another place: in the head, in the body, in a chunk, in the head of a second request.
    let second = format!("{health}{whole}");
    let mut held: Vec<(TcpStream, &[u8])> = Vec::new();
    for request in [&whole, &chunked, &second] {
        let bytes = request.as_bytes();
        for at in (1..bytes.len()).step_by(4) {
            held.push((holding(&app, &bytes[..at]), &bytes[at..]));
        }
    }
    assert!(held.len() > 100);
    assert_served(&app);
    for (stream, rest) in &mut held {
        stream.write_all(rest).unwrap();
        let line = status_line(stream);
        assert!(
            ["HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1 200 OK\r\n"].contains(&line.as_str()),
            "{line}"
        );
    }
}

#[test]
fn a_client_that_sends_byte_by_byte_is_let_go() {
    let app = impatient();
    let whole = head(&app, "Content-Length: 1000");
    for (sent_at_once, expected) in [
        (0, "HTTP/1.1 408 Request Timeout"),
        (whole.len(), "HTTP/1.1 408 Request Timeout"),
    ] {
        let mut stream = connect(&app);
        stream.write_all(&whole.as_bytes()[..sent_at_once]).unwrap();
        let mut reading = stream.try_clone().unwrap();
        let let_go = AtomicBool::new(false);
        let answer = std::thread::scope(|scope| {
            scope.spawn(|| {
                // An endless head, or an endless body.
                let mut line = b"GET / HTTP/1.1\r\n"
                    .iter()
                    .chain(b"X-A: b\r\n".iter().cycle());
                while !let_go.load(Ordering::SeqCst) {
                    let _ = stream.write_all(&[*line.next().unwrap()]);
                    std::thread::sleep(Duration::from_millis(10));
                }
            });
            let answer = to_the_end(&mut reading);
            let_go.store(true, Ordering::SeqCst);
            answer
        });
        assert!(answer.starts_with(expected), "{answer}");
        if sent_at_once > 0 {
            let body = r#"{"__type":"RequestTimeoutException","message":"The request body did not arrive in time."}"#;
            assert!(answer.ends_with(body), "{answer}");
        }
        assert_served(&app);
    }
}

#[test]
fn a_connection_that_is_left_alone_is_closed() {
    let app = impatient();
    let request = "GET /_poolhouse/health HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut idle: Vec<TcpStream> = ["", request]
        .iter()
        .cycle()
        .take(40)
        .map(|sent| holding(&app, sent.as_bytes()))
        .collect();
    for stream in &mut idle {
        to_the_end(stream);
    }
    assert_served(&app);
}

#[test]
fn a_client_that_has_said_all_it_has_to_say_is_answered() {
    let app = patient();
    let mut half_open = holding(&app, b"GET /_poolhouse/health HTTP/1.1\r\nHost: a\r\n\r\n");
    half_open.shutdown(Shutdown::Write).unwrap();
    let answer = to_the_end(&mut half_open);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    // A request without its whole body cannot be read.
    let sent = format!("{}{{\"Acc", head(&app, "Content-Length: 1000"));
    let mut cut = holding(&app, sent.as_bytes());
    cut.shutdown(Shutdown::Write).unwrap();
    let answer = to_the_end(&mut cut);
    assert!(
        answer.is_empty() || answer.contains("SerializationException"),
        "{answer}"
    );
    assert_served(&app);
}

#[test]
fn a_second_head_has_no_more_time_than_the_first() {
    let app = Setup::new()
        .with("http_head_seconds", "1")
        .with("http_keep_alive_seconds", LONG)
        .seeded(registry())
        .start();
    for half in ["GET /", "GET / HTTP/1.1\r\nHost: localhost\r\nX-A", "\r\n"] {
        let mut stream = idle(&app);
        stream.write_all(half.as_bytes()).unwrap();
        let answer = to_the_end(&mut stream);
        assert!(
            answer.starts_with("HTTP/1.1 408 Request Timeout"),
            "{answer}"
        );
    }
    // An idle connection stays open meanwhile, however often it was used.
    let mut stream = idle(&app);
    for _ in 0..3 {
        to_the_end(&mut holding(&app, b"G"));
        stream.write_all(HEALTH).unwrap();
        assert!(one_answer(&mut stream).starts_with("HTTP/1.1 200 OK"));
    }
}

#[test]
fn half_of_a_head_behind_a_request_does_not_keep_a_connection_open() {
    let app = Setup::new()
        .with("http_head_seconds", LONG)
        .with("http_keep_alive_seconds", "1")
        .seeded(registry())
        .start();
    let mut stream = holding(&app, &[HEALTH, b"GET / HT"].concat());
    let answer = to_the_end(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[test]
fn a_client_that_reads_nothing_is_let_go() {
    let app = Setup::new()
        .with("http_body_seconds", "1")
        .with("http_keep_alive_seconds", LONG)
        .seeded(registry())
        .start();
    let mut stream = connect(&app);
    let path = format!("GET /{POOL}/.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let requests = path.repeat(100);
    // Until the server has closed the connection; it stops reading long before.
    while stream.write_all(requests.as_bytes()).is_ok() {}
    assert_served(&app);
}

#[test]
fn the_end_does_not_wait_for_those_who_say_nothing() {
    let app = Setup::new()
        .with("http_head_seconds", LONG)
        .with("http_keep_alive_seconds", LONG)
        .with("http_shutdown_seconds", LONG)
        .seeded(registry())
        .start();
    let held: Vec<TcpStream> = (0..60)
        .map(|number| match number % 3 {
            0 => connect(&app),
            1 => holding(&app, b"POST / HT"),
            _ => idle(&app),
        })
        .collect();
    app.device("diego", device::REMEMBERED).ok();
    app.stop();
    for mut stream in held {
        to_the_end(&mut stream);
    }
}
