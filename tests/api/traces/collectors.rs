//! Collectors that take spans, later or not at all: no request notices.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::{HEALTH, counted, health, requests, traced};
use crate::world::{App, Collector, Intake, MailServer, Setup, Tool, until};

/// Asks for the health so often over one connection, and reads every answer.
fn flood(app: &App, times: usize) {
    let stream = TcpStream::connect(app.host()).unwrap();
    let mut sender = stream.try_clone().unwrap();
    let request = format!("GET {HEALTH} HTTP/1.1\r\nHost: {}\r\n\r\n", app.host());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..times {
                sender.write_all(request.as_bytes()).unwrap();
            }
        });
        let mut lines = BufReader::new(stream).lines();
        let mut answered = 0;
        while answered < times {
            let line = lines.next().unwrap().unwrap();
            // The body before it has no line end.
            answered += usize::from(line.ends_with("HTTP/1.1 200 OK"));
        }
    });
}

#[test]
fn spans_go_to_the_path_below_the_address_with_the_headers_of_the_settings() {
    let collector = Collector::start();
    let app = Setup::new()
        .with("traces_endpoint", &format!("{}/base/", collector.url()))
        .with(
            "traces_headers",
            "Authorization=Bearer%20abc, x-tenant=shop",
        )
        .start();
    health(&app, &[]).ok();
    app.stop();
    let [batch] = collector.came().try_into().unwrap_or_else(|_| panic!());
    assert!(batch.head[0].starts_with("POST /base/v1/traces "));
    assert_eq!(batch.header("authorization"), Some("Bearer abc"));
    assert_eq!(batch.header("x-tenant"), Some("shop"));
    assert!(
        batch
            .header("user-agent")
            .unwrap()
            .starts_with("Poolhouse/"),
        "{:?}",
        batch.head
    );
}

#[test]
fn many_requests_go_in_few_batches() {
    let collector = Collector::start();
    let app = traced(&collector).start();
    flood(&app, 600);
    let spans = until(|| Some(collector.spans()).filter(|spans| spans.len() >= 600));
    assert_eq!(spans.len(), 600);
    assert!(collector.came().len() <= 10, "{}", collector.came().len());
    assert_eq!(counted(&app, "dropped"), 0);
    until(|| (counted(&app, "sent") >= 600).then_some(()));
}

#[test]
fn a_collector_that_is_slow_delays_no_request_and_what_does_not_fit_is_counted() {
    let collector = Collector::start();
    collector.does(Intake::Hangs);
    let app = traced(&collector).start();
    flood(&app, 512);
    collector.has(1);
    flood(&app, 2048 + 100);
    assert_eq!(counted(&app, "dropped"), 100);
    assert_eq!(counted(&app, "sent"), 0);
    // The end does not wait for it either.
    app.stop();
}

#[test]
fn a_collector_that_is_down_harms_nobody_and_is_told_once() {
    let tool = Tool::new();
    let nowhere = MailServer::nowhere();
    let mut server = tool.serve(&format!(
        "--limits off --log-format json --traces-endpoint http://{nowhere}"
    ));
    let client = server.client();
    let told = |line: &Value| line["message"] == "Spans cannot be sent to the collector.";
    let mut lines = Vec::new();
    while !lines.iter().any(told) {
        client.get_signed("/_poolhouse/outbox").ok();
        lines.push(serde_json::from_str(&server.next_line()).unwrap());
    }
    for _ in 0..20 {
        client.get_signed("/_poolhouse/outbox").ok();
    }
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let rest = server.rest();
    let rest = rest.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.extend(rest);
    let told: Vec<_> = lines.iter().filter(|line| told(line)).collect();
    let [line] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(line["level"], "ERROR");
    let reason = line["reason"].as_str().unwrap();
    assert!(reason.contains("connection refused"), "{reason}");
}

#[test]
fn what_a_collector_cannot_take_now_it_gets_again() {
    let collector = Collector::start();
    collector.does(Intake::Answers(503, "retry-after: 1\r\n"));
    let app = traced(&collector).start();
    health(&app, &[]).ok();
    let first = collector.has(1);
    collector.does(Intake::Takes);
    let both = collector.has(2);
    assert_eq!(first[0].body, both[1].body);
    until(|| (counted(&app, "sent") >= 1).then_some(()));
    assert_eq!(counted(&app, "failed"), 0);
}

#[test]
fn what_a_collector_refuses_or_rejects_is_counted_and_not_sent_again() {
    let collector = Collector::start();
    collector.does(Intake::Rejects(1));
    let app = traced(&collector).start();
    health(&app, &[]).ok();
    health(&app, &[]).ok();
    until(|| (counted(&app, "failed") >= 1).then_some(()));
    assert!(counted(&app, "sent") >= 1);
    collector.does(Intake::Answers(400, ""));
    flood(&app, 100);
    until(|| (counted(&app, "failed") >= 100).then_some(()));
    collector.does(Intake::Takes);
    let mut ids: Vec<_> = requests(app, &collector)
        .into_iter()
        .map(|span| span.span_id)
        .collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "nothing came twice");
}

#[test]
fn what_is_queued_is_sent_when_the_server_ends() {
    let collector = Collector::start();
    let tool = Tool::new();
    let mut server = tool.serve(&format!(
        "--limits off --log-format off --traces-endpoint {}",
        collector.url()
    ));
    let client = server.client();
    for _ in 0..5 {
        client.get_signed("/_poolhouse/outbox").ok();
    }
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let spans = collector.spans().into_iter();
    assert_eq!(spans.filter(|span| span.name == "ReadOutbox").count(), 5);
}
