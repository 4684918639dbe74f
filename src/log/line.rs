//! The lines of the log, and their format.

use std::borrow::Cow;
use std::io::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::seen::{Seen, Value};

/// The longest reason that a line holds, in bytes: a refusal may repeat a whole request body.
pub(super) const REASON_BYTES: usize = 512;

/// The format of lines.
#[derive(Clone, Copy)]
pub(super) enum Style {
    Json,
    Text { color: bool },
}

/// A line or text to write.
pub(super) enum Line {
    Request(Arc<Request>),
    Connection(Connection),
    Event(Event),
    /// The number of lines that were dropped before this time.
    Dropped(u64, DateTime<Utc>),
    /// Unformatted text for standard output.
    Out(String),
    /// Unformatted text for standard error.
    Err(String),
}

/// The line of a request.
pub(crate) struct Request {
    pub(super) seen: Arc<Seen>,
    /// When the request ended.
    pub(super) at: DateTime<Utc>,
    pub(super) status: Option<u16>,
    pub(super) outcome: &'static str,
    pub(super) reason: Option<Cow<'static, str>>,
    pub(super) duration: Duration,
}

/// The line of a connection that ended before it sent a whole request.
pub(super) struct Connection {
    pub(super) at: DateTime<Utc>,
    pub(super) source_ip: Option<IpAddr>,
    pub(super) duration: Duration,
}

/// The line of an event of the server.
pub(super) struct Event {
    pub(super) at: DateTime<Utc>,
    pub(super) level: Level,
    pub(super) name: &'static str,
    pub(super) member: Option<(&'static str, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Info,
    Warn,
    Error,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }

    /// The escape sequence that colors the level on a terminal: green, yellow, red (ECMA-48, SGR).
    fn color(self) -> &'static str {
        match self {
            Self::Info => "\u{1b}[32m",
            Self::Warn => "\u{1b}[33m",
            Self::Error => "\u{1b}[31m",
        }
    }
}

/// The message of the line that counts dropped lines.
const DROPPED: &str = "Log lines were dropped, as they could not be written in time.";

const COLOR_END: &str = "\u{1b}[0m";

impl Line {
    /// Whether the line goes to standard error.
    pub(super) fn is_for_stderr(&self) -> bool {
        matches!(self, Self::Err(_))
    }

    /// Appends the line with its line break.
    pub(super) fn append_to(&self, text: &mut Vec<u8>, style: Style) {
        match self {
            Self::Request(request) => request.append_to(text, style),
            Self::Connection(connection) => connection.append_to(text, style),
            Self::Event(event) => event.append_to(text, style),
            Self::Dropped(count, at) => {
                let mut line = Members::begin(text, style, *at, Level::Warn, DROPPED);
                line.put("dropped", &Value::Number(*count));
                line.end();
            }
            Self::Out(content) | Self::Err(content) => text.extend_from_slice(content.as_bytes()),
        }
        text.push(b'\n');
    }
}

impl Request {
    /// `ok`, the code of the error, or `no answer`.
    pub(crate) fn outcome(&self) -> &'static str {
        self.outcome
    }

    /// What was seen of it.
    pub(crate) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// When it ended.
    pub(crate) fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The status of its answer; `None` if it got none.
    pub(crate) fn status(&self) -> Option<u16> {
        self.status
    }

    /// Why it was refused, or got no answer.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// How long it took.
    pub(crate) fn duration(&self) -> Duration {
        self.duration
    }

    /// A fault of the server has the level error, everything else info.
    fn level(&self) -> Level {
        match self.status {
            Some(status) if status >= 500 && status != 501 => Level::Error,
            Some(_) | None => Level::Info,
        }
    }

    pub(super) fn append_to(&self, text: &mut Vec<u8>, style: Style) {
        let mut line = Members::begin(text, style, self.at, self.level(), self.seen.name());
        if let Some(status) = self.status {
            line.put("status", &Value::Number(u64::from(status)));
        }
        line.put("outcome", &Value::Text(self.outcome));
        if let Some(reason) = &self.reason {
            line.put("reason", &Value::Text(reason));
        }
        self.seen.members(&mut |name, value| line.put(name, &value));
        line.put("duration_us", &Value::Number(micros(self.duration)));
        line.end();
    }
}

impl Connection {
    fn append_to(&self, text: &mut Vec<u8>, style: Style) {
        let mut line = Members::begin(text, style, self.at, Level::Info, "connection");
        line.put("outcome", &Value::Text("no whole request"));
        if let Some(ip) = &self.source_ip {
            line.put("source_ip", &Value::Plain(ip));
        }
        line.put("duration_us", &Value::Number(micros(self.duration)));
        line.end();
    }
}

impl Event {
    fn append_to(&self, text: &mut Vec<u8>, style: Style) {
        if let (Style::Text { .. }, Level::Info) = (style, self.level) {
            // Lines about start and stop are for people, and have no time.
            let value = self.member.as_ref().map(|(_, value)| value.as_str());
            let _ = match value {
                Some(value) => write!(text, "{:<10} {value}", self.name),
                None => write!(text, "{}", self.name),
            };
            return;
        }
        let mut line = Members::begin(text, style, self.at, self.level, self.name);
        if let Some((name, value)) = &self.member {
            line.put(name, &Value::Text(value));
        }
        line.end();
    }
}

/// Writes a line member by member.
struct Members<'a> {
    text: &'a mut Vec<u8>,
    style: Style,
}

impl<'a> Members<'a> {
    fn begin(
        text: &'a mut Vec<u8>,
        style: Style,
        at: DateTime<Utc>,
        level: Level,
        message: &str,
    ) -> Self {
        let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let name = level.as_str();
        // Writing to memory cannot fail.
        let _ = match style {
            Style::Json => {
                let begun = write!(text, r#"{{"timestamp":"{at}","level":"{name}","message":"#);
                begun.and_then(|()| Ok(serde_json::to_writer(&mut *text, message)?))
            }
            Style::Text { color: false } => write!(text, "{at} {name:>5} {message}"),
            Style::Text { color: true } => {
                let color = level.color();
                write!(text, "{at} {color}{name:>5}{COLOR_END} {message}")
            }
        };
        Self { text, style }
    }

    fn put(&mut self, name: &str, value: &Value<'_>) {
        let text = &mut *self.text;
        match self.style {
            Style::Json => {
                text.extend_from_slice(b",\"");
                text.extend_from_slice(name.as_bytes());
                text.extend_from_slice(b"\":");
            }
            Style::Text { .. } => {
                text.push(b' ');
                text.extend_from_slice(name.as_bytes());
                text.push(b'=');
            }
        }
        // Writing to memory cannot fail.
        let _ = match (value, self.style) {
            (Value::Number(number), _) => write!(text, "{number}"),
            (Value::Plain(value), Style::Json) => write!(text, "\"{value}\""),
            (Value::Plain(value), Style::Text { .. }) => write!(text, "{value}"),
            (Value::Text(value), Style::Json) => {
                serde_json::to_writer(text, value).map_err(Into::into)
            }
            // Quotes, control characters and other invisible characters are escaped.
            (Value::Text(value), Style::Text { .. }) => write!(text, "{value:?}"),
        };
    }

    fn end(self) {
        if let Style::Json = self.style {
            self.text.push(b'}');
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::api::{AuthFlowType, ErrorCode};
    use crate::error::ApiError;

    fn worded(line: &Line, style: Style) -> String {
        let mut text = Vec::new();
        line.append_to(&mut text, style);
        String::from_utf8(text).unwrap()
    }

    fn request(reason: String) -> Line {
        let seen = Seen::new(Uuid::nil(), Some(IpAddr::from([192, 0, 2, 1])));
        seen.set_operation("InitiateAuth");
        seen.set_pool(&"us-east-1_A".to_owned().into());
        seen.set_flow(AuthFlowType::UserSrpAuth);
        let error = ApiError::bare(ErrorCode::NotAuthorizedException).because(reason);
        let time = Duration::from_micros(120);
        let at = DateTime::UNIX_EPOCH;
        Line::Request(Arc::new(Request::over(
            Arc::new(seen),
            at,
            400,
            Some(error),
            time,
        )))
    }

    #[test]
    fn both_forms_have_the_same_members() {
        let line = request("why".to_owned());
        assert_eq!(
            worded(&line, Style::Json),
            r#"{"timestamp":"1970-01-01T00:00:00.000Z","level":"INFO","message":"InitiateAuth","status":400,"outcome":"NotAuthorizedException","reason":"why","source_ip":"192.0.2.1","pool":"us-east-1_A","flow":"USER_SRP_AUTH","request_id":"00000000-0000-0000-0000-000000000000","duration_us":120}
"#
        );
        assert_eq!(
            worded(&line, Style::Text { color: false }),
            r#"1970-01-01T00:00:00.000Z  INFO InitiateAuth status=400 outcome="NotAuthorizedException" reason="why" source_ip=192.0.2.1 pool=us-east-1_A flow="USER_SRP_AUTH" request_id=00000000-0000-0000-0000-000000000000 duration_us=120
"#
        );
    }

    #[test]
    fn nothing_that_moves_a_terminal_reaches_it() {
        for style in [Style::Json, Style::Text { color: false }] {
            let text = worded(&request("\u{1b}[2J\n\r\u{7}".to_owned()), style);
            assert_eq!(text.chars().filter(|char| char.is_control()).count(), 1);
            assert!(text.ends_with('\n'), "{text}");
        }
        let text = worded(
            &request("\u{9b}2J\u{202e}".to_owned()),
            Style::Text { color: false },
        );
        assert!(text.is_ascii(), "{text}");
    }

    #[test]
    fn a_reason_is_cut_before_it_is_kept() {
        let Line::Request(request) = request("ü".repeat(1 << 20)) else {
            panic!("it is a request")
        };
        let reason = Arc::into_inner(request)
            .unwrap()
            .reason
            .unwrap()
            .into_owned();
        assert_eq!(reason.len(), REASON_BYTES);
        assert!(reason.capacity() <= 2 * REASON_BYTES);
    }
}
