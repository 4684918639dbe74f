//! Points in time on the wire: a JSON number of seconds since 1970 with up to three decimals. Seed files may instead hold the
//! form that the AWS CLI prints, an ISO 8601 text with an offset.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// A point in time, exact to the millisecond: the milliseconds since the beginning of 1970, within the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time this many milliseconds after the beginning of 1970. A time outside of the calendar becomes its nearest end.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(CALENDAR.0, CALENDAR.1))
    }

    /// The milliseconds since the beginning of 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The beginning of its second.
    #[must_use]
    pub fn whole_seconds(self) -> Self {
        Self::from_millis(self.millis().div_euclid(1000) * 1000)
    }

    /// The calendar date and time.
    #[must_use]
    pub fn date_time(self) -> DateTime<Utc> {
        // No time is beyond the calendar.
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// Reads seconds. Returns `None` for a time outside of the calendar.
    pub(super) fn from_seconds(seconds: f64) -> Option<Self> {
        let millis = (seconds * 1000.0).round();
        if !(DATES.0..=DATES.1).contains(&millis) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a whole number, and in the range just checked"
        )]
        let millis = millis as i64;
        Some(Self(millis))
    }

    /// Reads an ISO 8601 text with an offset. Returns `None` for any other text.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Self::from_millis(time.timestamp_millis()))
    }
}

/// The milliseconds of the first and of the last moment of the calendar.
const CALENDAR: (i64, i64) = (
    DateTime::<Utc>::MIN_UTC.timestamp_millis(),
    DateTime::<Utc>::MAX_UTC.timestamp_millis(),
);

/// The milliseconds of the years 0 and 9999, the range that ISO 8601 can write.
const DATES: (f64, f64) = (-62_167_219_200_000.0, 253_402_300_799_999.0);

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self::from_millis(time.timestamp_millis())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "exact up to the year 287396; the shortest decimal has three places at most"
        )]
        serializer.serialize_f64(self.millis() as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimestampVisitor)
    }
}

struct TimestampVisitor;

impl Visitor<'_> for TimestampVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds since 1970, or an ISO 8601 text with an offset")
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Timestamp, E> {
        Timestamp::from_seconds(seconds).ok_or_else(|| E::custom("a time beyond the calendar"))
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Timestamp, E> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "exact within the calendar's range"
        )]
        self.visit_f64(seconds as f64)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Timestamp, E> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "exact within the calendar's range"
        )]
        self.visit_f64(seconds as f64)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::from_text(text).ok_or_else(|| E::custom("no ISO 8601 time with an offset"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(millis: i64) -> String {
        serde_json::to_string(&Timestamp::from_millis(millis)).unwrap()
    }

    fn read(json: &str) -> Option<i64> {
        let time: Result<Timestamp, _> = serde_json::from_str(json);
        time.ok().map(Timestamp::millis)
    }

    #[test]
    fn seconds_with_up_to_three_decimals() {
        assert_eq!(wire(1_715_100_742_022), "1715100742.022");
        assert_eq!(wire(1_623_956_729_320), "1623956729.32");
        assert_eq!(wire(1_715_100_742_000), "1715100742.0");
        assert_eq!(wire(0), "0.0");
    }

    #[test]
    fn numbers_and_dates_are_read() {
        assert_eq!(read("1715100742.022"), Some(1_715_100_742_022));
        assert_eq!(read("1.623956729E9"), Some(1_623_956_729_000));
        assert_eq!(read("1715100742"), Some(1_715_100_742_000));
        assert_eq!(read("-1"), Some(-1000));
        let date = r#""2024-05-07T12:52:22.022000-04:00""#;
        assert_eq!(read(date), Some(1_715_100_742_022));
    }

    #[test]
    fn what_is_no_time_is_an_error() {
        let dates = ["1e18", "-1e18", "\"2024-05-07\"", "\"\"", "true", "null"];
        assert_eq!(dates.map(read), [None; 6]);
        assert_eq!(wire(i64::MAX).len(), "8210266876799.999".len());
    }

    #[test]
    fn a_time_beyond_the_calendar_becomes_its_end() {
        for (millis, end) in [
            (i64::MIN, DateTime::<Utc>::MIN_UTC),
            (i64::MAX, DateTime::<Utc>::MAX_UTC),
        ] {
            let time = Timestamp::from_millis(millis);
            assert_eq!(time.millis(), end.timestamp_millis());
            assert_eq!(time.date_time().timestamp_millis(), time.millis());
        }
    }

    #[test]
    fn every_millisecond_survives_the_wire() {
        for millis in (1_715_100_742_000..1_715_100_743_000).step_by(7) {
            assert_eq!(read(&wire(millis)), Some(millis));
        }
    }
}
