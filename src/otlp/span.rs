//! The spans of a request: one of the request itself, whose attributes are the members of its line in the log, and one for each of its
//! steps.
//!
//! Attributes that OpenTelemetry's semantic conventions have go by their names there (HTTP server spans, AWS SDK spans); every other
//! member of the line is `poolhouse.<member>`.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::message::{
    Event, KeyValue, Kind, PARENT_IS_KNOWN, PARENT_IS_REMOTE, SAMPLED, Span, Status, StatusCode,
};
use crate::ambient::Ambient;
use crate::log::{Request, Value};
use crate::trace::{SpanId, Step, Trace};

/// What AWS's SDKs call the service.
const SERVICE: &str = "Cognito Identity Provider";

/// Appends the spans of a request that is traced.
pub(super) fn append(spans: &mut Vec<Span>, request: &Request, ambient: &Ambient) {
    let Some(trace) = request.seen().trace() else {
        return;
    };
    // Times on the request's way are told from its beginning.
    let clock = Clock {
        begun: trace.begun,
        at: nanoseconds(request.at()).saturating_sub(nanos(request.duration())),
    };
    spans.push(of_request(request, trace, &clock));
    let steps = trace.steps().into_iter();
    spans.extend(steps.map(|step| of_step(step, trace, &clock, ambient.bytes())));
}

/// Turns times of [`Ambient::elapsed`] into times of day.
struct Clock {
    begun: Duration,
    /// The time of day when the request arrived, in nanoseconds since 1970.
    at: u64,
}

impl Clock {
    fn time(&self, elapsed: Duration) -> u64 {
        self.at
            .saturating_add(nanos(elapsed.saturating_sub(self.begun)))
    }
}

fn of_request(request: &Request, trace: &Trace, clock: &Clock) -> Span {
    let remote = trace.parent.map_or(0, |_| PARENT_IS_REMOTE);
    Span {
        trace_id: trace.id.0.to_vec(),
        id: trace.span.to_vec(),
        trace_state: trace.state.clone(),
        parent_span_id: trace.parent.map(Vec::from).unwrap_or_default(),
        name: request.seen().name().to_owned(),
        kind: Kind::Server.into(),
        start_time: clock.at,
        end_time: nanoseconds(request.at()),
        attributes: attributes(request),
        events: Vec::new(),
        status: status(request),
        flags: SAMPLED | PARENT_IS_KNOWN | remote,
    }
}

fn of_step(step: Step, trace: &Trace, clock: &Clock, id: SpanId) -> Span {
    let turn = step.turn.map(|turn| Event {
        time: clock.time(turn),
        name: "turn".to_owned(),
    });
    Span {
        trace_id: trace.id.0.to_vec(),
        id: id.to_vec(),
        trace_state: trace.state.clone(),
        parent_span_id: trace.span.to_vec(),
        name: step.name.to_owned(),
        kind: Kind::Internal.into(),
        start_time: clock.time(step.begun),
        end_time: clock.time(step.ended.unwrap_or(step.begun)),
        attributes: Vec::new(),
        events: turn.into_iter().collect(),
        status: None,
        flags: SAMPLED | PARENT_IS_KNOWN,
    }
}

fn attributes(request: &Request) -> Vec<KeyValue> {
    let seen = request.seen();
    let mut all = vec![KeyValue::text("url.scheme", "http")];
    if seen.is_operation() {
        all.extend([
            KeyValue::text("rpc.system", "aws-api"),
            KeyValue::text("rpc.service", SERVICE),
            KeyValue::text("rpc.method", seen.name()),
            KeyValue::text("http.request.method", "POST"),
            KeyValue::text("url.path", "/"),
        ]);
    }
    if let Some(status) = request.status() {
        let status = u64::from(status);
        all.push(KeyValue::number("http.response.status_code", status));
    }
    if request.outcome() != "ok" {
        all.push(KeyValue::text("error.type", request.outcome()));
    }
    if let Some(reason) = request.reason() {
        all.push(KeyValue::text("poolhouse.reason", reason));
    }
    seen.members(&mut |member, value| {
        let key = key(member);
        all.extend(key.map(|key| match value {
            Value::Text(text) => KeyValue::text(key, text),
            Value::Plain(text) => KeyValue::text(key, text.to_string()),
            Value::Number(number) => KeyValue::number(key, number),
        }));
    });
    all
}

/// The name of the attribute for a member of the line. Returns `None` for what the span tells otherwise.
fn key(member: &str) -> Option<String> {
    let known = match member {
        "trace_id" => return None,
        "method" => "http.request.method",
        "path" => "url.path",
        "source_ip" => "client.address",
        "request_id" => "aws.request_id",
        other => return Some(format!("poolhouse.{other}")),
    };
    Some(known.to_owned())
}

/// A fault of the server is an error of its span; a refusal is the caller's (semantic conventions, HTTP server spans, "Status").
fn status(request: &Request) -> Option<Status> {
    let failed = request.status().is_some_and(|status| status >= 500);
    failed.then(|| Status {
        message: request.reason().unwrap_or_default().to_owned(),
        code: StatusCode::Error.into(),
    })
}

fn nanoseconds(time: DateTime<Utc>) -> u64 {
    let since = time.timestamp_nanos_opt().unwrap_or_default();
    u64::try_from(since).unwrap_or_default()
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
