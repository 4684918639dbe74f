//! Traces: what a collector gets of the requests that a server answers, and what becomes of them without one.

mod callers;
mod collectors;
mod spans;

use opentelemetry_proto::tonic::trace::v1::Span;

use crate::world::{Answer, App, Collector, Setup, attribute_of, registry};

/// The health endpoint, which takes no signature.
const HEALTH: &str = "/_poolhouse/health";

/// A registry with devices, whose server sends traces to the collector.
fn traced(collector: &Collector) -> Setup {
    Setup::new()
        .seeded(registry())
        .with("traces_endpoint", &collector.url())
}

/// Stops the server. Returns the spans of requests that it has sent, in the order of their ends.
fn requests(app: App, collector: &Collector) -> Vec<Span> {
    app.stop();
    let spans = collector.spans().into_iter();
    spans.filter(|span| span.kind == SERVER).collect()
}

/// `SPAN_KIND_INTERNAL` and `SPAN_KIND_SERVER`.
const INTERNAL: i32 = 1;
const SERVER: i32 = 2;

/// The value of an attribute of a span.
fn attribute(span: &Span, key: &str) -> String {
    attribute_of(&span.attributes, key)
}

/// Asks for the health of the server, with these headers.
fn health(app: &App, headers: &[(&str, &str)]) -> Answer {
    let mut request = http::Request::get(format!("{}{HEALTH}", app.url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Vec::new()).unwrap())
}

/// What the metrics say of spans with this result.
fn counted(app: &App, result: &str) -> u64 {
    let series = format!("poolhouse_spans_total{{result=\"{result}\"}}");
    app.counted(&series).unwrap()
}
