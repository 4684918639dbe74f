//! What the server does when nobody reads the log, and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::{address, unfinished};
use crate::world::{Server, Tool, registry, remembered};

/// More lines than the queue and a pipe of 64 KiB hold.
const FLOOD: usize = 8_000;

/// Sends this number of requests over one connection, and waits for the answer to each.
fn flood(server: &Server, requests: usize) {
    let stream = TcpStream::connect(address(server)).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut sender = stream.try_clone().unwrap();
    let request = format!(
        "GET /_poolhouse/health HTTP/1.1\r\nHost: {}\r\n\r\n",
        address(server)
    );
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..requests {
                sender.write_all(request.as_bytes()).unwrap();
            }
        });
        let mut answered = 0;
        while answered < requests {
            let mut line = String::new();
            assert_ne!(answers.read_line(&mut line).unwrap(), 0, "after {answered}");
            // The body before it has no line end.
            if let Some((_, status)) = line.split_once("HTTP/1.1 ") {
                assert!(status.starts_with("200"), "{line}");
                answered += 1;
            }
        }
    });
}

fn lookup(server: &Server) {
    let client = server.client();
    let input = remembered();
    client.call("AdminGetDevice", &input).ok();
}

#[test]
fn nobody_waits_for_a_log_that_nobody_reads() {
    let tool = Tool::new();
    tool.write_json("seed.json", &registry());
    let mut server = tool.serve("--seed seed.json --limits off --log-format json");
    flood(&server, FLOOD);
    lookup(&server);
    let outcome = tool.run(&format!("health --listen {}", address(&server)));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn who_reads_again_learns_how_many_lines_were_dropped() {
    let tool = Tool::new();
    let mut server = tool.serve("--limits off --log-format json");
    flood(&server, FLOOD);
    let (mut lines, mut dropped) = (0, 0);
    while lines + dropped < FLOOD {
        let line: Value = serde_json::from_str(&server.next_line()).unwrap();
        match line["dropped"].as_u64() {
            Some(count) => {
                assert_eq!(line["level"], "WARN");
                dropped += usize::try_from(count).unwrap();
            }
            None => lines += usize::from(line["message"] == "health"),
        }
    }
    assert_eq!(lines + dropped, FLOOD);
    assert!(dropped > 0);
    let counted = server.client().counted("poolhouse_log_lines_dropped_total");
    assert_eq!(counted, u64::try_from(dropped).ok());
    flood(&server, 1);
    let line = loop {
        let line: Value = serde_json::from_str(&server.next_line()).unwrap();
        if line["message"] == "health" {
            break line;
        }
    };
    assert_eq!(line["status"], 200, "nothing is lost any more");
}

#[test]
fn a_reader_that_has_gone_ends_nothing() {
    let tool = Tool::new();
    tool.write_json("seed.json", &registry());
    let mut server = tool.serve("--seed seed.json --limits off --log-format json");
    server.close_output();
    flood(&server, 100);
    lookup(&server);
    flood(&server, FLOOD);
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_hang_up_ends_the_server_unless_it_was_started_to_outlive_one() {
    let tool = Tool::new();
    let mut server = tool.serve("--log-format off");
    server.signal("HUP");
    assert_eq!(server.wait(), Some(0));
    assert_eq!(server.next_line(), "Stopping.");
    let serve = tool.command("serve --listen 127.0.0.1:0 --database :memory: --log-format off");
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "trap '' HUP; exec \"$@\"", "sh"])
        .arg(serve.get_program())
        .args(serve.get_args())
        .current_dir(tool.path("."));
    let mut server = Server::start(command);
    server.signal("HUP");
    flood(&server, 1);
    server.signal("INT");
    assert_eq!(server.next_line(), "Stopping.");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let tool = Tool::new();
    let mut command = tool.command("serve --listen 127.0.0.1:0 --log-format off");
    command.env("POOLHOUSE_HTTP_SHUTDOWN_SECONDS", "86400");
    command.env("POOLHOUSE_HTTP_BODY_SECONDS", "0");
    let mut server = Server::start(command);
    let request = unfinished(&server);
    server.signal("TERM");
    assert_eq!(server.next_line(), "Stopping.");
    // Signals of the first instants count as one.
    while !server.has_ended() {
        server.signal("INT");
    }
    assert_eq!(server.wait(), Some(130));
    assert_eq!(server.rest(), "Stopped at once by a second signal.\n");
    drop(request);
    assert_eq!(tool.run("check --deep").code, 0);
}

/// Signals the process and its group at once, as GNU `timeout` does.
#[test]
fn a_signal_that_comes_twice_in_one_instant_is_one() {
    let tool = Tool::new();
    let mut command = tool.command("serve --listen 127.0.0.1:0 --log-format off");
    command.env("POOLHOUSE_HTTP_SHUTDOWN_SECONDS", "86400");
    command.env("POOLHOUSE_HTTP_BODY_SECONDS", "0");
    let mut server = Server::start(command);
    let mut request = unfinished(&server);
    let twice = std::process::Command::new("sh")
        .args(["-c", "kill -s TERM $0; kill -s INT $0"])
        .arg(server.pid().to_string())
        .status();
    assert!(twice.unwrap().success());
    assert_eq!(server.next_line(), "Stopping.");
    request.write_all(br#"{"AccessToken":"a"}"#).unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("Invalid Access Token"), "{answer}");
    assert_eq!(server.wait(), Some(0));
    assert_eq!(server.rest(), "");
}

#[test]
fn the_end_has_an_end_whatever_clients_and_readers_do() {
    for seconds in ["0", "2"] {
        let tool = Tool::new();
        let mut command = tool.command("serve --listen 127.0.0.1:0 --limits off --log-format json");
        command.env("POOLHOUSE_HTTP_SHUTDOWN_SECONDS", seconds);
        command.env("POOLHOUSE_HTTP_BODY_SECONDS", "0");
        let mut server = Server::start(command);
        let request = unfinished(&server);
        flood(&server, FLOOD);
        server.signal("TERM");
        assert_eq!(server.wait(), Some(0));
        drop(request);
    }
}
