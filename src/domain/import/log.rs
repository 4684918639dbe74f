//! What became of the lines of a file, in the words of the log that Cognito writes.

use serde::Serialize;

use crate::api::Timestamp;

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    Imported,
    /// The pool has the user already.
    Skipped,
    /// The line describes no user that the pool can have, for this reason.
    Failed(String),
}

impl Fate {
    /// The word that the log's message begins with.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            Self::Imported => "SUCCEEDED",
            Self::Skipped => "SKIPPED",
            Self::Failed(_) => "FAILED",
        }
    }

    /// The sentence that the log's message ends with.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Imported => "The import succeeded.",
            Self::Skipped => "The user already exists.",
            Self::Failed(why) => why,
        }
    }
}

/// Lines that follow each other and fared alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoggedLines {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) outcome: String,
    pub(crate) reason: String,
    pub(crate) logged: Timestamp,
}

/// The log of a job, or a part of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImportLog {
    /// The names that the log has at AWS.
    pub(crate) log_group_name: String,
    pub(crate) log_stream_name: String,
    pub(crate) events: Vec<LogEvent>,
    /// The line after which the log goes on, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_after: Option<i64>,
}

/// What became of one line.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LogEvent {
    pub(crate) timestamp: Timestamp,
    pub(crate) message: String,
}

/// Adds what became of the next line, which has this number, to `log`.
pub(crate) fn note(log: &mut Vec<LoggedLines>, number: i64, fate: &Fate, now: Timestamp) {
    let last = log.last_mut().filter(|last| {
        last.last.saturating_add(1) == number
            && last.outcome == fate.outcome()
            && last.reason == fate.reason()
    });
    match last {
        Some(last) => last.last = number,
        None => log.push(LoggedLines {
            first: number,
            last: number,
            outcome: fate.outcome().to_owned(),
            reason: fate.reason().to_owned(),
            logged: now,
        }),
    }
}

impl LoggedLines {
    /// The messages of the lines after the line `after`, each with its number. The first line of a file, its header, has the number 1.
    pub(crate) fn events(&self, after: i64) -> impl Iterator<Item = (i64, LogEvent)> {
        let first = self.first.max(after.saturating_add(1));
        (first..=self.last).map(move |number| {
            let message = format!("[{}] Line Number {number} - {}", self.outcome, self.reason);
            let timestamp = self.logged;
            (number, LogEvent { timestamp, message })
        })
    }
}
