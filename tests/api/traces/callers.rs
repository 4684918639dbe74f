//! What a caller says of the trace that its request is part of (W3C Trace Context), and which requests are traced.

use super::{attribute, health, requests, traced};
use crate::world::Collector;

const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";
pub(super) const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NOT_SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

#[test]
fn a_request_continues_the_trace_of_its_caller() {
    let collector = Collector::start();
    let app = traced(&collector).start();
    let states = [
        ("traceparent", SAMPLED),
        ("tracestate", "shop=1"),
        ("tracestate", "mesh=a:b"),
    ];
    health(&app, &states).ok();
    let line = app.get_signed("/_poolhouse/requests").ok()["Requests"][0].clone();
    assert_eq!(line["trace_id"], ID);
    let spans = requests(app, &collector);
    let span = &spans[0];
    assert_eq!(hex::encode(&span.trace_id), ID);
    assert_eq!(hex::encode(&span.parent_span_id), SPAN);
    assert_ne!(span.span_id, span.parent_span_id);
    assert_eq!(span.trace_state, "shop=1,mesh=a:b");
    assert_eq!(span.flags, 0x301);
    assert_eq!(attribute(span, "poolhouse.trace_id"), "");
}

#[test]
fn a_request_of_an_aws_sdk_continues_the_trace_of_x_ray() {
    let x_ray = |span: &str, sampled: &str| {
        format!("Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent={span};Sampled={sampled}")
    };
    let collector = Collector::start();
    let app = traced(&collector).with("traces_ratio", "0").start();
    for sampled in ["1", "0", "?"] {
        health(&app, &[("x-amzn-trace-id", &x_ray(SPAN, sampled))]).ok();
    }
    let other = x_ray("1111111111111111", "1");
    health(
        &app,
        &[("traceparent", SAMPLED), ("x-amzn-trace-id", &other)],
    )
    .ok();
    let spans = requests(app, &collector);
    assert_eq!(spans.len(), 2);
    for span in spans {
        assert_eq!(hex::encode(&span.trace_id), ID);
        assert_eq!(hex::encode(&span.parent_span_id), SPAN);
    }
}

#[test]
fn whether_a_caller_records_its_trace_decides() {
    for (ratio, header, expected) in [
        ("1", NOT_SAMPLED, 0),
        ("0", SAMPLED, 1),
        ("0", "", 0),
        ("1", "", 1),
    ] {
        let collector = Collector::start();
        let app = traced(&collector).with("traces_ratio", ratio).start();
        let headers = [("traceparent", header)];
        let given = usize::from(!header.is_empty());
        health(&app, &headers[..given]).ok();
        let spans = requests(app, &collector);
        assert_eq!(spans.len(), expected, "{ratio} {header}");
    }
}

#[test]
fn a_share_of_requests_is_traced() {
    let collector = Collector::start();
    let app = traced(&collector).with("traces_ratio", "0.25").start();
    for _ in 0..200 {
        health(&app, &[]).ok();
    }
    let traced = requests(app, &collector).len();
    assert!((20..80).contains(&traced), "{traced}");
}

#[test]
fn what_a_caller_says_in_another_form_begins_a_new_trace() {
    let collector = Collector::start();
    let app = traced(&collector).start();
    let wrong = SAMPLED.to_uppercase();
    for headers in [
        &[("traceparent", &*wrong), ("tracestate", "shop=1")][..],
        &[("traceparent", SAMPLED), ("traceparent", SAMPLED)],
        &[("tracestate", "shop=1")],
        &[("traceparent", "00-4bf92f")],
    ] {
        health(&app, headers).ok();
    }
    health(
        &app,
        &[("traceparent", SAMPLED), ("tracestate", "not a state")],
    )
    .ok();
    let mut spans = requests(app, &collector);
    let last = spans.pop().unwrap();
    assert_eq!(
        (hex::encode(last.trace_id), &*last.trace_state),
        (ID.to_owned(), "")
    );
    assert_eq!(spans.len(), 4);
    for span in spans {
        assert!(span.parent_span_id.is_empty());
        assert_ne!(hex::encode(span.trace_id), ID);
        assert_eq!((&*span.trace_state, span.flags), ("", 0x101));
    }
}
