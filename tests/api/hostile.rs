//! Clients that mean no good, or are merely slow: the others are served while they are held, and they are let go.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::app::{App, Client, POOL, Setup, device, registry};
use crate::tool::Tool;

/// As good as for ever.
const LONG: &str = "3600";

/// A server that lets nobody go while a test runs.
fn patient() -> App {
    Setup::new()
        .with("http_head_seconds", LONG)
        .with("http_body_seconds", LONG)
        .with("http_keep_alive_seconds", LONG)
        .seeded(registry())
        .start()
}

/// A server that lets everybody go after a second.
fn impatient() -> App {
    Setup::new()
        .with("http_head_seconds", "1")
        .with("http_body_seconds", "1")
        .with("http_keep_alive_seconds", "1")
        .seeded(registry())
        .start()
}

/// A connection of its own, to be written to as it is.
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

/// All that comes back until the server closes the connection.
fn to_the_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        // It may close before all was read that was sent.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection is not closed: {error}"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// What has arrived of an answer, up to the end of its first line.
fn status_line(stream: &mut TcpStream) -> String {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.last() != Some(&b'\n') && stream.read(&mut byte).unwrap() == 1 {
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap()
}

fn assert_served(app: &App) {
    for _ in 0..20 {
        app.device("diego", device::REMEMBERED).ok();
    }
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
    // Each stops somewhere: in the head, in the body, in a chunk, in the head of a second request.
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
                // A head that goes on and on, or a body.
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
    // What is cut off in its body cannot be read.
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
fn requests_that_come_all_at_once_are_answered_in_order() {
    const MANY: usize = 500;
    let app = patient();
    let request = |number: usize| {
        let path = if number.is_multiple_of(3) {
            "health"
        } else {
            "nothing"
        };
        let last = if number == MANY - 1 {
            "Connection: close\r\n"
        } else {
            ""
        };
        format!("GET /_poolhouse/{path} HTTP/1.1\r\nHost: a\r\n{last}\r\n")
    };
    let requests = (0..MANY).map(request).collect::<Vec<_>>().concat();
    let mut stream = connect(&app);
    let mut writing = stream.try_clone().unwrap();
    let answers = std::thread::scope(|scope| {
        scope.spawn(move || writing.write_all(requests.as_bytes()).unwrap());
        to_the_end(&mut stream)
    });
    let statuses: Vec<&str> = answers
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| &answer[..3])
        .collect();
    let expected: Vec<&str> = (0..MANY)
        .map(|number| {
            if number.is_multiple_of(3) {
                "200"
            } else {
                "404"
            }
        })
        .collect();
    assert_eq!(statuses, expected);
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let app = patient();
    let large = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nX-Large: {}",
        "x".repeat(1 << 20)
    );
    let headers: Vec<String> = (0..97).map(|number| format!("X-{number}: a\r\n")).collect();
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", headers.concat());
    let endless = format!("GET /{}", "a".repeat(1 << 20));
    for head in [large, many, endless] {
        let mut stream = connect(&app);
        // The server need not read it to the end.
        let _ = stream.write_all(head.as_bytes());
        let answer = to_the_end(&mut stream);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{answer:.200}"
        );
        assert_served(&app);
    }
}

#[test]
fn others_are_served_while_endless_bodies_arrive() {
    let app = patient();
    let enough = AtomicBool::new(false);
    let cut_off = std::thread::scope(|scope| {
        let streams: Vec<_> = (0..8)
            .map(|_| {
                let mut stream = holding(&app, head(&app, "Transfer-Encoding: chunked").as_bytes());
                let enough = &enough;
                scope.spawn(move || {
                    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
                    // Until the server no longer takes it, once the others have been served.
                    loop {
                        if stream.write_all(chunk.as_bytes()).is_err() {
                            return true;
                        }
                        if !enough.load(Ordering::SeqCst) {
                            std::thread::sleep(Duration::from_millis(1));
                        }
                    }
                })
            })
            .collect();
        assert_served(&app);
        enough.store(true, Ordering::SeqCst);
        let ends = streams.into_iter().map(|stream| stream.join().unwrap());
        ends.filter(|cut_off| *cut_off).count()
    });
    assert_eq!(cut_off, 8);
    assert_served(&app);
}

#[test]
fn more_connections_than_there_may_be_wait_their_turn() {
    let app = Setup::new()
        .with("http_max_connections", "10")
        .with("http_head_seconds", "1")
        .with("http_keep_alive_seconds", "1")
        .seeded(registry())
        .start();
    let held: Vec<TcpStream> = (0..30).map(|_| connect(&app)).collect();
    assert_served(&app);
    drop(held);
}

/// How many files this process may have open.
fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn others_are_served_beside_thousands_of_idle_connections() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let mut command = tool.command("serve --listen 127.0.0.1:0 --limits off --log-format off");
    command.env("POOLHOUSE_HTTP_HEAD_SECONDS", LONG);
    let server = crate::tool::Server::start(command);
    let address = server.told("Listening").trim_start_matches("http://");
    // Both processes have the same limit, and this one may run other tests at the same time.
    let many = (open_files() / 2).min(10_000);
    let idle: Vec<TcpStream> = (0..many)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let client = Client::of(server.told("Listening"));
    let input = json!({"UserPoolId": POOL, "Username": "diego", "DeviceKey": device::REMEMBERED});
    for _ in 0..20 {
        client.call("AdminGetDevice", &input).ok();
        assert_eq!(client.call("AdminUpdateDeviceStatus", &input).status, 200);
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let memory = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let open = std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
    assert!(open.count() > many, "the server holds them all");
    println!(
        "{many} idle connections, of {} open files; {memory}",
        open_files()
    );
    drop(idle);
    client.call("AdminGetDevice", &input).ok();
}
