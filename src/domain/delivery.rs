//! The delivery of messages by email: what is sent, how long to pause between attempts, and what the outbox shows of it.

use std::time::Duration;

use serde::Serialize;

use crate::api::{Sensitive, Timestamp};

/// A message that is to be sent by email, once it has been taken for an attempt.
pub(crate) struct Undelivered {
    pub(crate) id: i64,
    pub(crate) destination: Sensitive<String>,
    pub(crate) subject: String,
    pub(crate) text: Sensitive<String>,
    pub(crate) created: Timestamp,
    /// How many attempts there have been, the one that it was taken for among them.
    pub(crate) attempts: u32,
    /// The pool's `EmailConfiguration.From`.
    pub(crate) from: Option<String>,
    /// The pool's `EmailConfiguration.ReplyToEmailAddress`.
    pub(crate) reply_to: Option<String>,
}

/// The pause after the first attempt. Each further one is twice as long, up to [`MAX_PAUSE`].
const PAUSE: Duration = Duration::from_secs(5);

/// The longest pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_mins(10);

/// How long to pause after so many attempts.
pub(crate) fn pause_after(attempts: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    PAUSE.saturating_mul(doubled).min(MAX_PAUSE)
}

/// The time so much later than another.
pub(crate) fn later(than: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(than.millis().saturating_add(by))
}

/// How far the delivery of a message has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum DeliveryStatus {
    /// It was tried, and will be tried again until the code expires.
    Pending,
    /// The mail server has taken the message.
    Delivered,
    /// It is not tried again.
    Failed,
}

/// What the outbox shows of the delivery of a message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Delivery {
    #[serde(rename = "DeliveryStatus")]
    pub(crate) status: DeliveryStatus,
    #[serde(rename = "DeliveryAttempts")]
    pub(crate) attempts: u32,
    #[serde(rename = "DeliveryDate", skip_serializing_if = "Option::is_none")]
    pub(crate) date: Option<Timestamp>,
    /// Why the last attempt failed, without anything that the message holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_delivery_error: Option<String>,
}

impl Delivery {
    /// How far a message has got by what is kept of it. Returns `None` if no server has tried to send it.
    pub(crate) fn of(
        attempts: u32,
        delivered: Option<Timestamp>,
        failed: Option<Timestamp>,
        error: Option<String>,
    ) -> Option<Self> {
        let status = match (delivered, failed) {
            (Some(_), _) => DeliveryStatus::Delivered,
            (None, Some(_)) => DeliveryStatus::Failed,
            (None, None) if attempts > 0 => DeliveryStatus::Pending,
            (None, None) => return None,
        };
        Some(Self {
            status,
            attempts,
            date: delivered,
            last_delivery_error: error,
        })
    }

    /// The delivery in words: `DELIVERED`, or `PENDING (2 attempts: ...)`.
    pub(crate) fn in_words(&self) -> String {
        let (name, attempts) = (
            match self.status {
                DeliveryStatus::Pending => "PENDING",
                DeliveryStatus::Delivered => return "DELIVERED".to_owned(),
                DeliveryStatus::Failed => "FAILED",
            },
            self.attempts,
        );
        let plural = if attempts == 1 { "" } else { "s" };
        match &self.last_delivery_error {
            Some(error) => format!("{name} ({attempts} attempt{plural}: {error})"),
            None => format!("{name} ({attempts} attempt{plural})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_ten_minutes() {
        let seconds: Vec<u64> = [1, 2, 3, 7, 8, 9, 100]
            .map(|attempts| pause_after(attempts).as_secs())
            .into();
        assert_eq!(seconds, [5, 10, 20, 320, 600, 600, 600]);
    }
}
