//! The log: one line a request, text or JSON.
//!
//! A line never holds a value that the model marks sensitive: usernames, passwords, tokens, codes and attribute values stay
//! out. It holds the true reason of a refusal, which the caller may not learn. Of what the caller is told it repeats fixed
//! sentences alone: a composed one may repeat what the caller sent, and people send passwords in the wrong place.

use std::fmt;
use std::io::IsTerminal;
use std::time::Duration;

use chrono::SecondsFormat;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::prelude::*;

use crate::ambient::Ambient;
use crate::error::ApiError;
use crate::ids::UserPoolId;
use crate::settings::LogFormat;

/// The most of a reason that a line holds: a refusal may repeat a whole request body.
const REASON_BYTES: usize = 512;

/// Starts logging to standard output; calls after the first change nothing.
pub(crate) fn start(format: LogFormat, ambient: &Ambient) {
    let lines = tracing_subscriber::fmt::layer()
        .with_target(false)
        .with_timer(Timer(ambient.clone()));
    // The libraries below have nothing to say to an operator.
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::INFO);
    let registry = tracing_subscriber::registry();
    let text = match format {
        LogFormat::Off => return,
        LogFormat::Auto => std::io::stdout().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    // An error means that logging has been started before.
    let _ = if text {
        let lines = lines.with_ansi(std::io::stdout().is_terminal());
        registry.with(lines.with_filter(ours)).try_init()
    } else {
        let lines = lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false);
        registry.with(lines.with_filter(ours)).try_init()
    };
}

struct Timer(Ambient);

impl FormatTime for Timer {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let now = self.0.now().to_rfc3339_opts(SecondsFormat::Millis, true);
        writer.write_str(&now)
    }
}

/// What the log says of one request.
pub(crate) struct RequestLine<'a> {
    /// The id that the caller saw.
    pub(crate) request_id: &'a str,
    pub(crate) operation: Option<&'static str>,
    pub(crate) pool: Option<&'a UserPoolId>,
    pub(crate) access_key_id: Option<&'a str>,
    pub(crate) status: u16,
    pub(crate) error: Option<&'a ApiError>,
    pub(crate) duration: Duration,
}

impl RequestLine<'_> {
    /// Writes the line: an error of ours as such, everything else as information.
    pub(crate) fn write(&self) {
        let operation = self.operation.unwrap_or("-");
        let pool = self.pool.map(tracing::field::display);
        let outcome = self.error.map_or("ok", |error| error.code.as_str());
        let reason = self
            .error
            .and_then(ApiError::log_reason)
            .and_then(|reason| reason.get(..reason.floor_char_boundary(REASON_BYTES)));
        let duration_us = u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    status = self.status,
                    outcome,
                    reason,
                    pool,
                    key = self.access_key_id,
                    duration_us,
                    request_id = self.request_id,
                    "{operation}"
                )
            };
        }
        if self.status >= 500 && self.status != 501 {
            line!(error);
        } else {
            line!(info);
        }
    }
}
