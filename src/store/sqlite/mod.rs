//! The engine: SQLite. Everything that only SQLite has stands in this folder, and rusqlite is named nowhere else.

mod backup;
mod compact;
mod discard;
mod engine;
mod errors;
mod inspect;
mod layout;
mod location;
#[cfg(test)]
mod old_files;
mod open;
mod place;
#[cfg(test)]
mod plans;
mod read_only;
mod readers;
mod schema;
mod snapshots;
mod writer;

pub(crate) use backup::{BackupError, backup};
pub(crate) use compact::{CompactError, compact};
pub(crate) use place::{files_with_its_content, own_files};
pub(crate) use schema::NO_REGISTRY;

pub(super) use engine::{Columns, Engine};
pub(super) use inspect::inspect;
pub(super) use layout::{Layout, layout};
pub(super) use open::{Sqlite, with_bulk_cache};
pub(super) use read_only::read_only;
#[cfg(test)]
pub(super) use schema::{known, shape, table_names};
