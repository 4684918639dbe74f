//! Traces for an OpenTelemetry collector, sent by OTLP over HTTP: a span for each request, and one for each of its steps.
//!
//! The thread that answers a request only puts it into a queue ([`queue`]) when it is over. Another thread makes spans of it
//! ([`span`]), which hold what the request's line in the log holds, and sends them ([`delivery`]).
//!
//! - `message`: the messages of OTLP.

mod delivery;
mod message;
mod queue;
mod span;

use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use crate::ambient::Ambient;
use crate::fetch::Courier;
use crate::log::{Log, Request};
use crate::metrics::Counter;
use crate::settings::TracesSettings;
use crate::trace::{Parent, Trace};
use delivery::Delivery;
use queue::Queue;

/// How long the collector may take for a batch (OTLP exporter specification, `OTEL_EXPORTER_OTLP_TIMEOUT`).
const TIME: Duration = Duration::from_secs(10);

/// A handle to the sending of traces. Clones send to the same collector.
#[derive(Clone, Default)]
pub(crate) struct Traces(Option<Arc<Inner>>);

struct Inner {
    queue: Arc<Queue>,
    spans: Arc<Spans>,
    ambient: Ambient,
    /// The share of requests that are traced, of those whose caller says nothing of it.
    ratio: f64,
}

/// What became of spans.
#[derive(Default)]
struct Spans {
    /// The collector has them.
    sent: Counter,
    /// The queue had no room for them.
    dropped: Counter,
    /// The collector could not be reached, or did not take them.
    failed: Counter,
}

impl Traces {
    /// Starts the thread that sends spans. Without settings nothing is traced.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub(crate) fn start(
        settings: Option<&TracesSettings>,
        ambient: &Ambient,
        log: &Log,
    ) -> io::Result<Self> {
        let Some(settings) = settings else {
            return Ok(Self::default());
        };
        let inner = Inner {
            queue: Arc::default(),
            spans: Arc::default(),
            ambient: ambient.clone(),
            ratio: settings.ratio,
        };
        let delivery = Delivery {
            queue: Arc::clone(&inner.queue),
            courier: Courier::new(settings.url.clone(), settings.headers.clone(), TIME),
            resource: delivery::resource(&settings.service_name, ambient),
            ambient: ambient.clone(),
            log: log.clone(),
            spans: Arc::clone(&inner.spans),
            told: None,
        };
        let builder = thread::Builder::new().name("traces".to_owned());
        builder.spawn(move || delivery.run())?;
        Ok(Self(Some(Arc::new(inner))))
    }

    /// The trace of a request that arrived at this time, as [`Ambient::elapsed`] has it. `parent` reads what its caller says. Returns
    /// `None` if the request is not traced.
    pub(crate) fn begin(
        &self,
        begun: Duration,
        parent: impl FnOnce() -> Option<Parent>,
    ) -> Option<Trace> {
        let inner = self.0.as_ref()?;
        let parent = parent();
        let sampled = parent.as_ref().and_then(|parent| parent.sampled);
        let sampled = sampled.unwrap_or_else(|| inner.ambient.happens(inner.ratio));
        sampled.then(|| Trace::begin(parent, begun, &inner.ambient))
    }

    /// Takes a request that is over, to be sent if it is traced.
    pub(crate) fn keep(&self, request: &Arc<Request>) {
        if let (Some(inner), Some(trace)) = (&self.0, request.seen().trace())
            && !inner.queue.push(request)
        {
            let spans = u64::try_from(trace.spans()).unwrap_or(u64::MAX);
            inner.spans.dropped.add(spans);
        }
    }

    /// How many spans there were, by what became of them.
    pub(crate) fn spans(&self) -> [(&'static str, u64); 3] {
        let count = |of: fn(&Spans) -> &Counter| {
            let spans = self.0.as_ref().map(|inner| &inner.spans);
            spans.map_or(0, |spans| of(spans).get())
        };
        [
            ("sent", count(|spans| &spans.sent)),
            ("dropped", count(|spans| &spans.dropped)),
            ("failed", count(|spans| &spans.failed)),
        ]
    }

    /// Has everything sent that is there, and waits for it, but at most for `bound`.
    pub(crate) fn finish(&self, bound: Duration) {
        if let Some(inner) = &self.0 {
            inner.queue.finish(bound);
        }
    }
}
