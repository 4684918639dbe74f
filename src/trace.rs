//! The trace that a request is part of: what its caller says of it, and what takes time on the request's way.
//!
//! Callers say it as W3C Trace Context has it, or as AWS X-Ray does, since that is what instrumented AWS SDKs send.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::ambient::Ambient;

/// The most steps of a request that are kept.
const MAX_STEPS: usize = 32;

/// The most bytes of a `tracestate` that are kept (Trace Context section 3.3.1.5).
const MAX_STATE: usize = 512;

/// The most members of a `tracestate` (Trace Context section 3.3.1.1).
const MAX_MEMBERS: usize = 32;

/// The most bytes of a key or a value in a `tracestate` (Trace Context section 3.3.1.3).
const MAX_MEMBER: usize = 256;

/// The id of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceId(pub(crate) [u8; 16]);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The id of a span.
pub(crate) type SpanId = [u8; 8];

/// What a caller says of the trace that its request is part of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parent {
    trace: TraceId,
    span: SpanId,
    /// Whether the caller's own span is recorded; `None` if the caller leaves that to others.
    pub(crate) sampled: Option<bool>,
    state: String,
}

impl Parent {
    /// Reads the headers `traceparent` and `tracestate`. Returns `None` if the first is malformed; the second is then left out as
    /// well, and it is left out alone if it is malformed itself (Trace Context sections 3.2.2 and 3.3.1).
    pub(crate) fn parse(traceparent: &str, tracestate: &str) -> Option<Self> {
        let mut parts = traceparent.split('-');
        let [version] = bytes(parts.next()?)?;
        let (trace, span): ([u8; 16], SpanId) = (bytes(parts.next()?)?, bytes(parts.next()?)?);
        let [flags] = bytes(parts.next()?)?;
        // Later versions may have more parts; 255 is none.
        let is_known = version != u8::MAX && (version > 0 || parts.next().is_none());
        let state = Some(tracestate).filter(|state| is_state(state));
        let parent = Self::new(trace, span, Some(flags & 1 == 1))?;
        is_known.then(|| Self {
            state: state.unwrap_or_default().to_owned(),
            ..parent
        })
    }

    /// Reads the header `X-Amzn-Trace-Id` (AWS X-Ray developer guide, "Tracing header"). Returns `None` if it is malformed, or lacks
    /// the trace or the caller's span.
    pub(crate) fn parse_x_ray(header: &str) -> Option<Self> {
        let member = |name: &str| {
            let mut members = header
                .split(';')
                .filter_map(|member| member.split_once('='));
            let found = members.find(|(found, _)| found.trim() == name);
            found.map(|(_, value)| value.trim())
        };
        let (time, rest) = member("Root")?.strip_prefix("1-")?.split_once('-')?;
        let trace = Some([time, rest].concat()).filter(|_| time.len() == 8);
        let sampled = match member("Sampled") {
            Some("0") => Some(false),
            Some("1") => Some(true),
            Some(_) | None => None,
        };
        Self::new(bytes(&trace?)?, bytes(member("Parent")?)?, sampled)
    }

    /// Returns `None` for the ids that are none: all zeros.
    fn new(trace: [u8; 16], span: SpanId, sampled: Option<bool>) -> Option<Self> {
        (trace != [0; 16] && span != [0; 8]).then(|| Self {
            trace: TraceId(trace),
            span,
            sampled,
            state: String::new(),
        })
    }
}

/// The bytes of exactly so many small hexadecimal digits.
fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let is_small = !digits.bytes().any(|digit| digit.is_ascii_uppercase());
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    is_small.then_some(bytes)
}

/// Whether the text is a `tracestate`: members with a comma in between, each a key and a value (Trace Context section 3.3.1).
fn is_state(text: &str) -> bool {
    let members = text
        .split(',')
        .map(|member| member.trim_matches([' ', '\t']));
    text.len() <= MAX_STATE
        && members.clone().count() <= MAX_MEMBERS
        && members.filter(|member| !member.is_empty()).all(is_member)
}

fn is_member(member: &str) -> bool {
    let in_key =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(&byte);
    let in_value = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'=';
    member.split_once('=').is_some_and(|(key, value)| {
        let begins = key.starts_with(|first: char| first.is_ascii_alphanumeric());
        begins
            && key.len() <= MAX_MEMBER
            && key.bytes().all(in_key)
            && (1..=MAX_MEMBER).contains(&value.len())
            && value.bytes().all(in_value)
    })
}

/// The part of a trace that a request is.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) id: TraceId,
    /// The span of the request.
    pub(crate) span: SpanId,
    /// The span of the caller.
    pub(crate) parent: Option<SpanId>,
    /// The caller's `tracestate`; empty if there is none.
    pub(crate) state: String,
    /// When the request arrived, as [`Ambient::elapsed`] has it.
    pub(crate) begun: Duration,
    steps: Mutex<Vec<Step>>,
}

/// Something on a request's way that takes time. Times are those of [`Ambient::elapsed`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) begun: Duration,
    /// When it had its turn, if it had to wait for one.
    pub(crate) turn: Option<Duration>,
    /// When it ended; `None` while it goes on.
    pub(crate) ended: Option<Duration>,
}

impl Trace {
    /// The part of a request that arrived at this time: of the caller's trace, or of a new one.
    pub(crate) fn begin(parent: Option<Parent>, begun: Duration, ambient: &Ambient) -> Self {
        let (id, parent, state) = match parent {
            Some(parent) => (parent.trace, Some(parent.span), parent.state),
            None => (TraceId(ambient.bytes()), None, String::new()),
        };
        Self {
            id,
            span: ambient.bytes(),
            parent,
            state,
            begun,
            steps: Mutex::default(),
        }
    }

    /// Begins a step. Returns its number, or `None` if the request has had too many.
    pub(crate) fn begin_step(&self, name: &'static str, now: Duration) -> Option<usize> {
        let mut steps = self.kept();
        let number = steps.len();
        (number < MAX_STEPS).then(|| {
            steps.push(Step {
                name,
                begun: now,
                turn: None,
                ended: None,
            });
            number
        })
    }

    /// Notes when a step has its turn.
    pub(crate) fn step_has_turn(&self, number: usize, now: Duration) {
        if let Some(step) = self.kept().get_mut(number) {
            step.turn = Some(now);
        }
    }

    /// Ends a step.
    pub(crate) fn end_step(&self, number: usize, now: Duration) {
        if let Some(step) = self.kept().get_mut(number) {
            step.ended = Some(now);
        }
    }

    /// How many spans the request is: one, and one for each step.
    pub(crate) fn spans(&self) -> usize {
        1 + self.kept().len()
    }

    /// The steps.
    pub(crate) fn steps(&self) -> Vec<Step> {
        self.kept().clone()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Step>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn of(traceparent: &str) -> Option<Parent> {
        Parent::parse(traceparent, "")
    }

    #[test]
    fn a_parent_is_read_as_the_recommendation_has_it() {
        let parent = of(&format!("00-{ID}-{SPAN}-01")).unwrap();
        assert_eq!(parent.trace.to_string(), ID);
        assert_eq!(hex::encode(parent.span), SPAN);
        assert_eq!(parent.sampled, Some(true));
        for (text, sampled) in [
            (format!("00-{ID}-{SPAN}-00"), false),
            (format!("00-{ID}-{SPAN}-02"), false),
            (format!("00-{ID}-{SPAN}-ff"), true),
            (format!("01-{ID}-{SPAN}-01"), true),
            (format!("cc-{ID}-{SPAN}-01-what-comes-later"), true),
        ] {
            let parent = of(&text);
            assert_eq!(parent.unwrap().sampled, Some(sampled), "{text}");
        }
        let zeros = "0".repeat(32);
        for text in [
            String::new(),
            "00".to_owned(),
            format!("00-{ID}-{SPAN}"),
            format!("00-{ID}-{SPAN}-"),
            format!("00-{ID}-{SPAN}-1"),
            format!("00-{ID}-{SPAN}-01-"),
            format!("00-{ID}-{SPAN}-01-more"),
            format!("ff-{ID}-{SPAN}-01"),
            format!("0-{ID}-{SPAN}-01"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{ID}-{}-01", &zeros[..16]),
            format!("00-{}-{SPAN}-01", ID.to_uppercase()),
            format!("00-{ID}-{SPAN}-0A"),
            format!("00-{ID}0-{SPAN}-01"),
            format!(" 00-{ID}-{SPAN}-01"),
            format!("00-{ID}-{SPAN}-+1"),
            format!("00_{ID}_{SPAN}_01"),
        ] {
            assert_eq!(of(&text), None, "{text}");
        }
    }

    #[test]
    fn a_parent_is_read_as_x_ray_has_it() {
        let root = "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736";
        for (text, sampled) in [
            (format!("{root};Parent={SPAN};Sampled=1"), Some(true)),
            (format!("Sampled=0; Parent={SPAN}; {root}"), Some(false)),
            (format!("{root};Parent={SPAN};Sampled=?"), None),
            (
                format!("Self=1-67891234-0;{root};Parent={SPAN};Lineage=a:0"),
                None,
            ),
        ] {
            let parent = Parent::parse_x_ray(&text).unwrap();
            assert_eq!(parent.trace.to_string(), ID, "{text}");
            assert_eq!(
                (hex::encode(parent.span), parent.sampled),
                (SPAN.to_owned(), sampled)
            );
        }
        for text in [
            "",
            root,
            "Parent=00f067aa0ba902b7",
            "Root=2-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7",
            "Root=1-4bf92f3577b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7",
            "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=0",
        ] {
            assert_eq!(Parent::parse_x_ray(text), None, "{text}");
        }
    }

    #[test]
    fn a_state_is_kept_whole_or_not_at_all() {
        let state = |text: &str| {
            let parent = Parent::parse(&format!("00-{ID}-{SPAN}-01"), text).unwrap();
            parent.state
        };
        for text in [
            "rojo=00f067aa0ba902b7",
            "rojo=1, congo=t61rcWkgMzE",
            "a=1,,b=2\t",
            "1tenant@vendor=a b:c;d",
        ] {
            assert_eq!(state(text), text);
        }
        let many = ["a=1"; 33].join(",");
        let long = format!("a={}", "b".repeat(257));
        for text in [
            "rojo", "=1", "rojo=", "Rojo=1", "_a=1", "a=1=2", "a=ü", "a b=1", &many, &long,
        ] {
            assert_eq!(state(text), "", "{text}");
        }
    }

    #[test]
    fn a_request_has_only_so_many_steps() {
        let ambient = Ambient::set(
            crate::ambient::ManualClock::at(chrono::DateTime::UNIX_EPOCH),
            1,
        );
        let trace = Trace::begin(None, Duration::ZERO, &ambient);
        for number in 0..MAX_STEPS {
            assert_eq!(trace.begin_step("step", Duration::ZERO), Some(number));
        }
        assert_eq!(trace.begin_step("step", Duration::ZERO), None);
        assert_eq!(trace.spans(), 1 + MAX_STEPS);
    }
}
