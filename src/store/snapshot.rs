//! Snapshots as callers see them: names, and what is known of each.

use serde::Serialize;

use crate::api::{ErrorCode, Timestamp};
use crate::error::{ApiError, Result};

/// The longest name.
const MAX_NAME: usize = 64;

/// The name of a snapshot: up to 64 letters, digits, dots, dashes and underscores, the first of them a letter or a digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct SnapshotName(String);

impl SnapshotName {
    /// Reads a name.
    ///
    /// # Errors
    /// `InvalidParameterException` when it does not have the form.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let begins = text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        if begins && text.len() <= MAX_NAME && text.bytes().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(ApiError::invalid_parameter(
            "The name of a snapshot has up to 64 letters, digits, dots, dashes and underscores, and begins with a letter or a digit.",
        ))
    }

    /// The name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The error about a name that no snapshot has.
    pub(super) fn unknown(&self) -> ApiError {
        ApiError::new(
            ErrorCode::ResourceNotFoundException,
            format!("Snapshot {} does not exist.", self.0),
        )
        .because("there is no such snapshot")
    }
}

/// What is known of a snapshot.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SnapshotInfo {
    pub(crate) name: SnapshotName,
    /// When it was saved, by the system's clock.
    pub(crate) creation_date: Timestamp,
    /// How much room it takes.
    pub(crate) bytes: u64,
}

/// The answer where the engine keeps no snapshots.
pub(super) fn none_of_postgres() -> ApiError {
    ApiError::new(
        ErrorCode::NotImplementedException,
        "Poolhouse keeps snapshots of registries in SQLite alone. Copy a database of PostgreSQL by its own means: CREATE DATABASE \
         ... TEMPLATE, or pg_dump and pg_restore.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_files_anywhere() {
        for name in ["a", "before-test_1.2", &"x".repeat(64)] {
            assert_eq!(SnapshotName::parse(name).unwrap().as_str(), name);
        }
        for name in ["", ".", "..", "-a", "a/b", "a b", "ä", &"x".repeat(65)] {
            assert!(SnapshotName::parse(name).is_err(), "{name}");
        }
    }
}
