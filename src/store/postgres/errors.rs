//! What PostgreSQL and its client say, in words.

use std::error::Error as _;
use std::fmt::Write as _;

use tokio_postgres::Error;
use tokio_postgres::error::{Severity, SqlState};

use crate::error::ApiError;

/// What the error says, with its causes.
pub(super) fn explain(error: &Error) -> String {
    if let Some(refusal) = error.as_db_error() {
        let code = refusal.code().code();
        return format!("{} (SQLSTATE {code})", refusal.message());
    }
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        // Some causes repeat what was said.
        let more = next.to_string();
        if !words.ends_with(&more) {
            let _ = write!(words, ": {more}");
        }
        cause = next.source();
    }
    words
}

/// Why no connection can be made, for the operator.
pub(super) fn explain_refusal(error: &Error) -> String {
    let why = explain(error);
    match error.code() {
        Some(code) if *code == SqlState::INVALID_PASSWORD => {
            format!("the server does not accept the user and password: {why}")
        }
        Some(code) if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            format!("the server does not let the user in: {why}")
        }
        Some(code) if *code == SqlState::INVALID_CATALOG_NAME => {
            format!("the server has no such database: {why}")
        }
        Some(code) if *code == SqlState::TOO_MANY_CONNECTIONS => format!(
            "the server takes no more connections (its setting max_connections; Poolhouse's is store.connections): {why}"
        ),
        Some(_) => format!("the server refuses: {why}"),
        None => format!("no connection to the server: {why}"),
    }
}

/// Whether the server says that the statement failed, and goes on. Otherwise the connection is at its end, and what the server did
/// last is not known.
pub(super) fn is_refusal(error: &Error) -> bool {
    let refusal = error.as_db_error();
    refusal.is_some_and(|refusal| refusal.parsed_severity() == Some(Severity::Error))
}

/// The answer to a request whose statement failed. Whoever collided with another transaction may try again, which SDKs do by
/// themselves.
pub(super) fn answer(error: &Error) -> ApiError {
    const COLLISIONS: [SqlState; 6] = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::UNIQUE_VIOLATION,
        // What the row refers to was deleted after it was found.
        SqlState::FOREIGN_KEY_VIOLATION,
        SqlState::TOO_MANY_CONNECTIONS,
    ];
    let why = explain(error);
    match error.code() {
        Some(code) if COLLISIONS.contains(code) => ApiError::rate_exceeded().because(why),
        Some(_) | None => ApiError::internal(why),
    }
}
