//! The log: one line for each request, and for what the server itself does, as text or JSON.
//!
//! Whoever answers a request only puts a few values into a queue ([`queue`]); another thread words and writes them.
//!
//! A line never holds a value that the model marks sensitive: usernames, passwords, tokens, codes and attribute values stay
//! out. The one exception is the id of an app client that exists, which every app shows to its users. A line holds the true
//! reason of a refusal, which the caller may not learn. Of what the caller is told it repeats fixed sentences alone: a composed
//! one may repeat what the caller sent, and people send passwords in the wrong place.

mod line;
mod queue;
mod seen;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, IsTerminal};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::ambient::Ambient;
use crate::error::ApiError;
use crate::settings::LogFormat;
use line::{Connection, Event, Level, Line, REASON_BYTES, Style};
use queue::Queue;

pub(crate) use line::Request;
pub(crate) use seen::Seen;

/// Where lines are handed over. Clones write to the same log.
#[derive(Clone, Default)]
pub(crate) struct Log(Option<Arc<Inner>>);

struct Inner {
    queue: Arc<Queue>,
    ambient: Ambient,
    style: Style,
    /// Whether requests have lines.
    requests: bool,
}

impl Log {
    /// Starts the thread that writes to standard output. [`Log::default`] writes nothing.
    ///
    /// # Errors
    /// When standard output cannot be written to or the thread cannot be started.
    pub(crate) fn start(format: LogFormat, ambient: &Ambient) -> io::Result<Self> {
        let terminal = io::stdout().is_terminal();
        let style = match format {
            LogFormat::Json => Style::Json,
            LogFormat::Auto if !terminal => Style::Json,
            LogFormat::Auto | LogFormat::Text | LogFormat::Off => Style::Text { color: terminal },
        };
        Ok(Self(Some(Arc::new(Inner {
            queue: Queue::start(style, ambient)?,
            ambient: ambient.clone(),
            style,
            requests: format != LogFormat::Off,
        }))))
    }

    /// Whether requests have lines.
    pub(crate) fn tells_requests(&self) -> bool {
        self.0.as_ref().is_some_and(|inner| inner.requests)
    }

    /// One line for a request.
    pub(crate) fn request(&self, request: Request) {
        if let Some(inner) = self.0.as_ref().filter(|inner| inner.requests) {
            inner.queue.push(Line::Request(request));
        }
    }

    /// One line for a connection that ended before it had sent a whole request.
    pub(crate) fn connection(&self, source_ip: Option<IpAddr>, duration: Duration) {
        if let Some(inner) = self.0.as_ref().filter(|inner| inner.requests) {
            inner.queue.push(Line::Connection(Connection {
                at: inner.ambient.now(),
                source_ip,
                duration,
            }));
        }
    }

    /// Tells what the server does, such as `Ready.`, with at most one value.
    pub(crate) fn event(&self, name: &'static str, member: Option<(&'static str, String)>) {
        self.put_event(Level::Info, name, member);
    }

    /// Tells of a fault that no request's line tells of.
    pub(crate) fn fault(&self, name: &'static str, member: (&'static str, String)) {
        self.put_event(Level::Error, name, Some(member));
    }

    fn put_event(&self, level: Level, name: &'static str, member: Option<(&'static str, String)>) {
        if let Some(inner) = &self.0 {
            inner.queue.push(Line::Event(Event {
                at: inner.ambient.now(),
                level,
                name,
                member,
            }));
        }
    }

    /// Prints lines for people: to standard output, or to standard error where the log is JSON.
    pub(crate) fn tell_people(&self, text: impl fmt::Display) {
        if let Some(inner) = &self.0 {
            inner.queue.push(match inner.style {
                Style::Text { .. } => Line::Out(text.to_string()),
                Style::Json => Line::Err(text.to_string()),
            });
        }
    }

    /// Prints a line about progress to standard error.
    pub(crate) fn progress(&self, text: impl fmt::Display) {
        if let Some(inner) = &self.0 {
            inner.queue.push(Line::Err(text.to_string()));
        }
    }

    /// Waits until everything that was handed over is written, but no longer than `bound`: a reader may have stopped.
    pub(crate) fn flush(&self, bound: Duration) {
        if let Some(inner) = &self.0 {
            inner.queue.flush(bound);
        }
    }
}

impl Request {
    /// What is known of a request when it is over.
    pub(crate) fn over(
        seen: Arc<Seen>,
        at: DateTime<Utc>,
        status: u16,
        error: Option<ApiError>,
        duration: Duration,
    ) -> Self {
        Self {
            outcome: error.as_ref().map_or("ok", |error| error.code.as_str()),
            reason: error.and_then(ApiError::into_log_reason).map(cut),
            seen,
            at,
            status: Some(status),
            duration,
        }
    }

    /// What is known of a request whose connection ended before its answer.
    pub(crate) fn given_up(seen: Arc<Seen>, at: DateTime<Utc>, duration: Duration) -> Self {
        Self {
            outcome: "no answer",
            reason: Some(Cow::Borrowed(if std::thread::panicking() {
                "the thread that answered panicked"
            } else {
                "the connection ended before the answer"
            })),
            seen,
            at,
            status: None,
            duration,
        }
    }
}

/// The beginning of a reason, in as much memory as it takes.
fn cut(reason: Cow<'static, str>) -> Cow<'static, str> {
    if reason.len() <= REASON_BYTES {
        return reason;
    }
    let end = reason.floor_char_boundary(REASON_BYTES);
    Cow::Owned(reason.get(..end).unwrap_or_default().to_owned())
}
