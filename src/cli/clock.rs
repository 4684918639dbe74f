//! `poolhouse clock`.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::remote::RemoteArgs;
use super::{Failure, say};
use crate::remote::PATIENCE;

const ENDPOINT: &str = "/_poolhouse/clock";

/// Show or set the clock of the running server
///
/// Every expiry, lockout, token and code follows it at once; signatures are judged by the system's time. The clock is the
/// system's again after a restart. The server must allow it: `test_controls` in the settings.
#[derive(Subcommand)]
pub(crate) enum Clock {
    /// Show what the clock shows
    Show(Server),
    /// Set the clock; it goes on from there, or stands there if it is frozen
    Set(Set),
    /// Set the clock forward
    Advance(Advance),
    /// Let the clock stand still
    Freeze(Server),
    /// Let the clock go on from where it stands
    Run(Server),
    /// Make the clock show the system's time again
    Reset(Server),
}

/// A command that needs nothing but a server.
#[derive(Args)]
pub(crate) struct Server {
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Args)]
pub(crate) struct Set {
    /// A date (2027-03-01), a time with its offset (2027-03-01T08:00:00Z), or seconds since 1970
    #[arg(value_parser = time)]
    time: DateTime<Utc>,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Args)]
pub(crate) struct Advance {
    /// A number with a unit: 90s, 15m, 2h, 30d; a number alone is of seconds
    #[arg(value_parser = duration)]
    by: Duration,
    #[command(flatten)]
    remote: RemoteArgs,
}

impl Clock {
    pub(super) fn run(self) -> Result<(), Failure> {
        let post = |body: Value| ("POST", Some(body));
        let (remote, (method, body)) = match self {
            Self::Show(server) => (server.remote, ("GET", None)),
            Self::Set(set) => {
                let time = set.time.to_rfc3339_opts(SecondsFormat::Millis, true);
                (set.remote, post(json!({"Time": time})))
            }
            Self::Advance(advance) => {
                let by = advance.by.as_secs_f64();
                (advance.remote, post(json!({"AdvanceSeconds": by})))
            }
            Self::Freeze(server) => (server.remote, post(json!({"Frozen": true}))),
            Self::Run(server) => (server.remote, post(json!({"Frozen": false}))),
            Self::Reset(server) => (server.remote, ("DELETE", None)),
        };
        let server = remote.server()?;
        let shown = server.call(method, ENDPOINT, body.as_ref(), PATIENCE)?;
        say(in_words(&shown));
        Ok(())
    }
}

/// The time as people read it, and what else there is to say of it.
fn in_words(shown: &Value) -> String {
    let at = |name: &str| {
        let seconds = shown.get(name).and_then(Value::as_f64).unwrap_or_default();
        let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let time = DateTime::UNIX_EPOCH + time;
        time.to_rfc3339_opts(SecondsFormat::Secs, true)
    };
    let frozen = shown.get("Frozen").and_then(Value::as_bool);
    let (time, system) = (at("Time"), at("SystemTime"));
    if frozen == Some(true) {
        format!("{time} (standing still)")
    } else if time == system {
        format!("{time} (the system's time)")
    } else {
        time
    }
}

/// Reads a time: a date, RFC 3339, or seconds since 1970.
fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let seconds = || DateTime::from_timestamp(text.parse().ok()?, 0);
    let date = || {
        let date: NaiveDate = text.parse().ok()?;
        Some(date.and_time(NaiveTime::MIN).and_utc())
    };
    let time = || Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc());
    seconds()
        .or_else(date)
        .or_else(time)
        .ok_or_else(|| "expected a time such as 2027-03-01T08:00:00Z".to_owned())
}

/// Reads a number with a unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(char, u64); 4] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];
    let with_unit = |(unit, seconds)| Some((text.strip_suffix(unit)?, seconds));
    let (number, seconds) = UNITS.into_iter().find_map(with_unit).unwrap_or((text, 1));
    let number: Option<u64> = number.parse().ok();
    let all = number.and_then(|number| number.checked_mul(seconds));
    all.map(Duration::from_secs)
        .ok_or_else(|| "expected a number with a unit, such as 90s, 15m, 2h or 30d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_three_ways() {
        let expected = DateTime::from_timestamp(1_803_859_200, 0).unwrap();
        for text in ["2027-03-01", "2027-03-01T01:00:00+01:00", "1803859200"] {
            assert_eq!(time(text), Ok(expected), "{text}");
        }
        for text in ["", "tomorrow", "2027-03-01T01:00:00", "2027-13-01"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_have_a_unit_or_are_of_seconds() {
        for (text, seconds) in [
            ("7", 7),
            ("90s", 90),
            ("15m", 900),
            ("2h", 7200),
            ("30d", 2_592_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "h", "-1s", "1.5h", "5ss", "99999999999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
