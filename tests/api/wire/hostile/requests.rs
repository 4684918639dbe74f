//! Pipelined requests, and heads that are too large.

use std::io::Write;

use super::{assert_served, connect, patient, to_the_end};

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
