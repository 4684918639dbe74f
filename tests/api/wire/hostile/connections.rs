//! Many connections, and many of one address.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use super::{HEALTH, LONG, assert_served, connect, head, holding, idle, one_answer, to_the_end};
use crate::world::{App, Setup, Tool, device, registry, remembered};

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
    let server = crate::world::Server::start(command);
    let address = server.address();
    // Both processes have the same limit, and this one may run other tests at the same time.
    let many = (open_files() / 2).min(10_000);
    let idle: Vec<TcpStream> = (0..many)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let client = server.client();
    let input = remembered();
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

/// A server that has room for few connections, and closes none for being slow.
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
            // A whole request, and half of the next head.
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
    // The others were answered, or their connection was closed.
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
    // The first is used once more, so the second has been idle for longest.
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
