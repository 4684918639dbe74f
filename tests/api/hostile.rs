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

/// A connection from another address of this machine.
fn connect_from(app: &App, address: &str) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket
            .bind(format!("{address}:0").parse().unwrap())
            .unwrap();
        socket.connect(app.host().parse().unwrap()).await.unwrap()
    });
    let stream = stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_mins(1)))
        .unwrap();
    stream
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
    // An idle one is left alone meanwhile, however often it has been used.
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

/// A server that has room for few connections, and lets nobody go.
fn narrow(connections: &str) -> App {
    Setup::new()
        .with("http_max_connections", connections)
        .with("http_head_seconds", LONG)
        .with("http_body_seconds", LONG)
        .with("http_keep_alive_seconds", LONG)
        .seeded(registry())
        .start()
}

#[test]
fn unfinished_requests_of_one_address_do_not_keep_others_out() {
    let app = narrow("64");
    let mut held = Vec::new();
    for number in 0..256 {
        let stream = match number % 4 {
            // After a whole request, half of the next head.
            0 => {
                let mut stream = idle(&app);
                stream.write_all(b"GET / HTTP/1.1\r\nHo").unwrap();
                stream
            }
            1 => holding(&app, b"POST / HT"),
            2 => holding(
                &app,
                format!("{}{{", head(&app, "Content-Length: 1000")).as_bytes(),
            ),
            _ => connect(&app),
        };
        held.push(stream);
        if number % 16 == 0 {
            app.device("diego", device::REMEMBERED).ok();
        }
    }
    assert_served(&app);
    // Those who were let go have been told, or their connection has ended.
    let answers: Vec<String> = held
        .drain(..150)
        .map(|mut one| to_the_end(&mut one))
        .collect();
    let refused = answers
        .iter()
        .filter(|answer| answer.contains("ThrottlingException"));
    assert!(refused.clone().count() > 20);
    for answer in refused {
        assert!(answer.contains("x-amz-retry-after: 1000"), "{answer}");
    }
    assert_served(&app);
}

#[test]
fn the_longest_idle_connection_gives_way() {
    // 14 connections, and two that are accepted while others end.
    let app = narrow("16");
    let mut held: Vec<TcpStream> = (0..14).map(|_| idle(&app)).collect();
    // The first is used once more: the second has been idle for longest now.
    held[0].write_all(HEALTH).unwrap();
    one_answer(&mut held[0]);
    let mut new = idle(&app);
    assert_eq!(to_the_end(&mut held[1]), "");
    for (index, stream) in held.iter_mut().enumerate() {
        if index != 1 {
            stream.write_all(HEALTH).unwrap();
            assert!(one_answer(stream).starts_with("HTTP/1.1 200 OK"), "{index}");
        }
    }
    new.write_all(HEALTH).unwrap();
    one_answer(&mut new);
}

#[test]
fn connections_of_the_address_that_has_most_give_way() {
    let app = narrow("16");
    let mut of_another = connect_from(&app, "127.0.0.2");
    of_another.write_all(HEALTH).unwrap();
    one_answer(&mut of_another);
    let held: Vec<TcpStream> = (0..100).map(|_| idle(&app)).collect();
    of_another.write_all(HEALTH).unwrap();
    one_answer(&mut of_another);
    drop(held);
}

#[test]
fn others_are_served_beside_hundreds_of_unfinished_bodies() {
    let app = Setup::new()
        .with("http_max_unfinished_bytes", "4000000")
        .with("http_body_seconds", LONG)
        .seeded(registry())
        .start();
    let half = "x".repeat(500_000);
    let mut held: Vec<TcpStream> = (0..300)
        .map(|number| {
            let framing = if number % 2 == 0 {
                "Content-Length: 1000000".to_owned()
            } else {
                "Transfer-Encoding: chunked".to_owned()
            };
            let chunk = if number % 2 == 0 { "" } else { "f4240\r\n" };
            let stream = holding(
                &app,
                format!("{}{chunk}{half}", head(&app, &framing)).as_bytes(),
            );
            if number % 20 == 0 {
                app.device("diego", device::REMEMBERED).ok();
            }
            stream
        })
        .collect();
    assert_served(&app);
    // A large one that does arrive finds room, too.
    let large = json!({"UserPoolId": POOL, "Username": "diego", "DeviceKey": "k".repeat(900_000)});
    let answer = app.call("AdminGetDevice", &large);
    assert_eq!(answer.refusal().0, "InvalidParameterException");
    // At most eight fit.
    for mut stream in held.drain(..280) {
        let answer = to_the_end(&mut stream);
        assert!(
            answer.is_empty()
                || answer.contains(
                    r#"{"__type":"ThrottlingException","message":"Too many unfinished requests"}"#
                ),
            "{answer}"
        );
    }
    assert_served(&app);
}

#[test]
fn a_body_that_cannot_count_is_not_waited_for() {
    let app = patient();
    let signed = |body: &str| {
        let request = app.request("AdminGetDevice", body.as_bytes());
        crate::app::Key::default().sign_request(&app, request)
    };
    let mut hashed = app.request("AdminGetDevice", "{}");
    let other_hash = "0".repeat(64).parse().unwrap();
    hashed
        .headers_mut()
        .insert("x-amz-content-sha256", other_hash);
    let hashed = crate::app::Key::default().sign_request(&app, hashed);
    let authorization = |request: &http::Request<Vec<u8>>, name: &str| {
        request.headers()[name].to_str().unwrap().to_owned()
    };
    let date = authorization(&signed("{}"), "x-amz-date");
    let right = authorization(&signed("{}"), "authorization");
    let of_hashed = format!(
        "{}\r\nX-Amz-Content-Sha256: {}",
        authorization(&hashed, "authorization"),
        "0".repeat(64)
    );
    for (framing, authorization, expected) in [
        (
            "Content-Length: 1000000",
            "",
            "MissingAuthenticationTokenException",
        ),
        (
            "Transfer-Encoding: chunked",
            "",
            "MissingAuthenticationTokenException",
        ),
        (
            "Content-Length: 1000",
            &*right.replace("test/", "nobody/"),
            "UnrecognizedClientException",
        ),
        (
            "Content-Length: 1000",
            &*right.replace("us-east-1", "eu-west-1"),
            "InvalidSignatureException",
        ),
        (
            "Content-Length: 1000",
            &*right.replace(";x-amz-date", ""),
            "InvalidSignatureException",
        ),
        // Signed with another hash of the body than the one that the header has.
        (
            "Content-Length: 1000",
            &*of_hashed,
            "InvalidSignatureException",
        ),
        (
            "Content-Length: 1048577",
            &*right,
            "RequestEntityTooLargeException",
        ),
    ] {
        let authorization = if authorization.is_empty() {
            String::new()
        } else {
            format!("X-Amz-Date: {date}\r\nAuthorization: {authorization}\r\n")
        };
        let sent = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: \
             AWSCognitoIdentityProviderService.AdminGetDevice\r\n{authorization}{framing}\r\n\r\n",
            app.host()
        );
        let answer = to_the_end(&mut holding(&app, sent.as_bytes()));
        assert!(answer.contains(expected), "{expected}: {answer}");
    }
    // What is refused with its body is refused on a connection that stays.
    let mut stream = connect(&app);
    for _ in 0..2 {
        let sent = format!(
            "{}{{}}",
            head(&app, "Content-Length: 2").replace("GetUser", "ListUserPools")
        );
        stream.write_all(sent.as_bytes()).unwrap();
        assert!(one_answer(&mut stream).contains("MissingAuthenticationTokenException"));
    }
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
    // Until the server has ended the connection: it stops reading long before.
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
