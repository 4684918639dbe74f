//! The thread that sends spans, batch by batch, and tries again what the collector could not take (OTLP specification, "OTLP/HTTP
//! Response").

use std::sync::Arc;
use std::time::Duration;

use prost::Message;

use super::Spans;
use super::message::{
    ExportRequest, ExportResponse, KeyValue, Resource, ResourceSpans, Scope, ScopeSpans, Span,
};
use super::queue::Queue;
use super::span;
use crate::ambient::Ambient;
use crate::fetch::{Courier, Receipt};
use crate::log::{Log, Request};

/// How often a batch is tried.
const ATTEMPTS: u32 = 5;

/// The pause after the first attempt; each further one doubles it.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause, also if the collector asks for a longer one.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// How often it is told that spans cannot be sent.
const TELL: Duration = Duration::from_mins(1);

/// What the thread has.
pub(super) struct Delivery {
    pub(super) queue: Arc<Queue>,
    pub(super) courier: Courier,
    /// What is said of this server with each batch.
    pub(super) resource: Resource,
    pub(super) ambient: Ambient,
    pub(super) log: Log,
    pub(super) spans: Arc<Spans>,
    /// When it was last told that spans cannot be sent; `None` once they can.
    pub(super) told: Option<Duration>,
}

/// What became of an attempt.
enum Attempt {
    /// The collector has them, all but so many.
    Taken(usize),
    /// It will not take them.
    Refused(String),
    /// It may take them later: after this time, if it says so.
    Later(String, Option<Duration>),
}

impl Delivery {
    /// Sends what comes until the server stops.
    pub(super) fn run(mut self) {
        while let Some(batch) = self.queue.take() {
            let spans = self.spans_of(&batch);
            drop(batch);
            self.deliver(spans);
        }
        self.queue.end();
    }

    fn spans_of(&self, batch: &[Arc<Request>]) -> Vec<Span> {
        let mut spans = Vec::new();
        for request in batch {
            span::append(&mut spans, request, &self.ambient);
        }
        spans
    }

    fn deliver(&mut self, spans: Vec<Span>) {
        let count = spans.len();
        let body = self.request(spans).encode_to_vec();
        let rejected = self.send(&body).unwrap_or(count);
        self.spans.sent.add(number(count.saturating_sub(rejected)));
        self.spans.failed.add(number(rejected.min(count)));
    }

    /// Sends a batch, several times if need be. Returns how many of its spans the collector rejected, or `None` if all were in vain.
    fn send(&mut self, body: &[u8]) -> Option<usize> {
        for attempt in 0..ATTEMPTS {
            let (why, asked) = match self.attempt(body) {
                Attempt::Taken(0) => {
                    self.told = None;
                    return Some(0);
                }
                Attempt::Taken(rejected) => {
                    self.tell(format!("the collector rejected {rejected} of them"));
                    return Some(rejected);
                }
                Attempt::Refused(why) => {
                    self.tell(why);
                    return None;
                }
                Attempt::Later(why, asked) => (why, asked),
            };
            self.tell(why);
            let pause = asked.unwrap_or(PAUSE * 2_u32.saturating_pow(attempt));
            let is_last = attempt + 1 == ATTEMPTS;
            if is_last || !self.queue.pause(pause.min(MAX_PAUSE)) {
                break;
            }
        }
        None
    }

    fn attempt(&self, body: &[u8]) -> Attempt {
        match self.courier.post("application/x-protobuf", body) {
            Ok(receipt) if receipt.status == 200 => Attempt::Taken(rejected(&receipt)),
            Ok(receipt) => {
                let why = format!("the collector answered with status {}", receipt.status);
                if matches!(receipt.status, 429 | 502 | 503 | 504) {
                    Attempt::Later(why, receipt.retry_after)
                } else {
                    Attempt::Refused(why)
                }
            }
            Err(error) => Attempt::Later(error.to_string(), None),
        }
    }

    /// Says once in a while that spans cannot be sent.
    fn tell(&mut self, why: String) {
        let now = self.ambient.elapsed();
        let again = |told| now.saturating_sub(told) >= TELL;
        if self.told.is_none_or(again) {
            self.told = Some(now);
            self.log
                .fault("Spans cannot be sent to the collector.", ("reason", why));
        }
    }

    fn request(&self, spans: Vec<Span>) -> ExportRequest {
        let scope = Scope {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        ExportRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(self.resource.clone()),
                scope_spans: vec![ScopeSpans {
                    scope: Some(scope),
                    spans,
                }],
            }],
        }
    }
}

/// What is said of a server of this name.
pub(super) fn resource(service_name: &str, ambient: &Ambient) -> Resource {
    Resource {
        attributes: vec![
            KeyValue::text("service.name", service_name),
            KeyValue::text("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::text("service.instance.id", ambient.uuid().to_string()),
        ],
    }
}

/// How many spans of a batch the collector rejected, as its answer says.
fn rejected(receipt: &Receipt) -> usize {
    let response = ExportResponse::decode(receipt.body.as_slice()).unwrap_or_default();
    let partial = response.partial_success.unwrap_or_default();
    usize::try_from(partial.rejected_spans).unwrap_or_default()
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
