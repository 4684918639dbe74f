//! SQLite's errors.

/// Why SQLite does not open a file, or does not write to it, in words for the operator.
pub(super) fn explain(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => "the file is not a SQLite database".to_owned(),
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => "the database is damaged".to_owned(),
        Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::PermissionDenied) => {
            format!("the file cannot be opened ({error})")
        }
        Some(rusqlite::ErrorCode::ReadOnly) => "the file cannot be written to".to_owned(),
        Some(rusqlite::ErrorCode::SystemIoFailure) => {
            "the disk refuses to read or write the file (full, or failing)".to_owned()
        }
        Some(rusqlite::ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            "another process writes to the file, or holds it locked; waited for store.busy_seconds"
                .to_owned()
        }
        Some(_) | None => error.to_string(),
    }
}
