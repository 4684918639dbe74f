//! The log: a line for each request and for each event of the server, as text or JSON.
//!
//! The thread that answers a request only puts values into a queue ([`queue`]); another thread formats and writes them.
//!
//! A line never holds a value that the model marks sensitive: no usernames, passwords, tokens, codes or attribute values. The
//! one exception is the id of an existing app client, which every app shows to its users. A line holds the true reason of a
//! refusal, which the caller may not know. It repeats the caller's message only if that is a fixed sentence: a composed one may
//! contain what the caller sent, and people send passwords in wrong places.

mod line;
mod queue;
mod recent;
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
pub(crate) use recent::RecentRequests;
pub(crate) use seen::{Check, Seen, Value};

/// A handle to the log. Clones write to the same log.
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

    /// Writes the line of a request.
    pub(crate) fn request(&self, request: Arc<Request>) {
        if let Some(inner) = self.0.as_ref().filter(|inner| inner.requests) {
            inner.queue.push(Line::Request(request));
        }
    }

    /// Writes the line of a connection that ended before it sent a whole request.
    pub(crate) fn connection(&self, source_ip: Option<IpAddr>, duration: Duration) {
        if let Some(inner) = self.0.as_ref().filter(|inner| inner.requests) {
            inner.queue.push(Line::Connection(Connection {
                at: inner.ambient.system_now(),
                source_ip,
                duration,
            }));
        }
    }

    /// Writes the line of an event of the server, such as `Ready.`, with at most one value.
    pub(crate) fn event(&self, name: &'static str, member: Option<(&'static str, String)>) {
        self.put_event(Level::Info, name, member);
    }

    /// Writes the line of a fault that belongs to no request.
    pub(crate) fn fault(&self, name: &'static str, member: (&'static str, String)) {
        self.put_event(Level::Error, name, Some(member));
    }

    fn put_event(&self, level: Level, name: &'static str, member: Option<(&'static str, String)>) {
        if let Some(inner) = &self.0 {
            inner.queue.push(Line::Event(Event {
                at: inner.ambient.system_now(),
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

    /// How many lines were dropped since the start.
    pub(crate) fn dropped(&self) -> u64 {
        self.0.as_ref().map_or(0, |inner| inner.queue.lost())
    }

    /// Waits until all lines are written, but at most for `bound`: the reader may have stopped.
    pub(crate) fn flush(&self, bound: Duration) {
        if let Some(inner) = &self.0 {
            inner.queue.flush(bound);
        }
    }
}

impl Request {
    /// The line of a request that was answered.
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

    /// The line of a request that got no answer, for this reason.
    pub(crate) fn unanswered(
        seen: Arc<Seen>,
        at: DateTime<Utc>,
        reason: impl Into<Cow<'static, str>>,
        duration: Duration,
    ) -> Self {
        Self {
            outcome: "no answer",
            reason: Some(reason.into()),
            seen,
            at,
            status: None,
            duration,
        }
    }
}

/// The beginning of a reason, without spare memory.
fn cut(reason: Cow<'static, str>) -> Cow<'static, str> {
    if reason.len() <= REASON_BYTES {
        return reason;
    }
    let end = reason.floor_char_boundary(REASON_BYTES);
    Cow::Owned(reason.get(..end).unwrap_or_default().to_owned())
}
