//! Copies a whole registry from one database to another, whatever their engines.
//!
//! Every table is read in one state of the source and written in one transaction of the target, which is committed when both hold
//! the same: as many rows in each table, and rows with the same digest.

use std::fmt::{self, Display, Write as _};

use sha2::{Digest as _, Sha256};

use super::options::StoreOptions;
use super::sql::{OwnedValue, Params, Value};
use super::sqlite::{Layout, layout};
use super::tx::{ReadTx, Row, WriteTx};
use super::{Store, read_only};
use crate::error::{ApiError, Result};
use crate::figures::Count;
use crate::settings::Database;

/// How many rows are read before they are written.
const BATCH: usize = 1000;

/// How many parameters a statement takes at most; SQLite takes 32,766, PostgreSQL 65,535.
const PARAMETERS: usize = 4000;

/// Tables that triggers keep, as rows of others come.
const KEPT_BY_TRIGGERS: [&str; 1] = ["outbox_size"];

/// What a table held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CopiedTable {
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// How many rows there are, and what they hold: the sum of their hashes, in whatever order they come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) rows: u64,
    hashes: u128,
}

impl Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, {:032x}", Count(self.rows), self.hashes)
    }
}

/// Copies the registry in `from` to the one that `to` opens, which must hold nothing. Returns what each table held.
///
/// # Errors
/// Why one of the two cannot be used, in words for the operator; the target then holds nothing.
pub(crate) fn copy(
    from: &Database,
    to: &StoreOptions,
    tell: impl Fn(&dyn Display) + Send + Sync + 'static,
) -> Result<Vec<CopiedTable>, String> {
    let store = Store::open(to).map_err(|unusable| unusable.to_string())?;
    let (source, target, busy) = (from.clone(), to.database.clone(), to.busy);
    let copied = store.write_bulk(move |tx| {
        let within = |why: ApiError| format!("{target}: {}", why.reason.unwrap_or_default());
        let copied = read_only(&source, busy, |read| {
            // What the source is blamed for by `read_only` is what it has failed at itself.
            let transfer = Transfer {
                source: read,
                target: tx,
                tell: &tell,
            };
            Ok(transfer.run())
        });
        let copied = copied.map_err(|unusable| unusable.to_string());
        let copied = copied.and_then(|copied| copied.map_err(within));
        copied.map_err(ApiError::internal)
    });
    copied.map_err(|error| {
        store.discard();
        error.reason.unwrap_or_default()
    })
}

/// A copying that is under way.
struct Transfer<'t> {
    source: &'t ReadTx<'t>,
    target: &'t WriteTx<'t>,
    tell: &'t dyn Fn(&dyn Display),
}

impl Transfer<'_> {
    fn run(&self) -> Result<Vec<CopiedTable>> {
        let tables = layout()?;
        for table in tables.iter().filter(|table| !is_kept(table)) {
            let exists = format!("SELECT 1 FROM {} LIMIT 1", table.name);
            if self.target.maybe(&exists, (), |_| Ok(()))?.is_some() {
                return Err(ApiError::internal(format_args!(
                    "it is not empty (table {}); a registry is copied to a new file or an empty database",
                    table.name
                )));
            }
        }
        let mut copied = Vec::with_capacity(tables.len());
        for table in &tables {
            let content = if is_kept(table) {
                self.content(self.source, table, "read")?
            } else {
                self.copy_table(table)?
            };
            copied.push(CopiedTable {
                name: table.name.clone(),
                content,
            });
        }
        for (table, due) in tables.iter().zip(&copied) {
            let found = self.content(self.target, table, "checked")?;
            if found != due.content {
                return Err(ApiError::internal(format_args!(
                    "the copy of the table {} is not what it should be: {found} instead of {}",
                    table.name, due.content
                )));
            }
        }
        Ok(copied)
    }

    /// Copies the rows of a table, and the number that the next one gets. Returns what it held.
    fn copy_table(&self, table: &Layout) -> Result<Content> {
        let mut content = Content::default();
        let progress = Progress::of(self, table, "copied")?;
        self.source
            .in_batches(&select(table), BATCH, kept, |rows| {
                for row in &rows {
                    content.add(row);
                }
                for some in rows.chunks((PARAMETERS / table.columns.len()).max(1)) {
                    self.target.run(&insert(table, some.len()), Rows(some))?;
                }
                progress.tell(content.rows);
                Ok(())
            })?;
        if let Some(number) = &table.number {
            let highest = format!("SELECT max({number}) FROM {}", table.name);
            let highest: Option<i64> = self.source.one(&highest, (), |row| row.get(0))?;
            let last = self.source.last_number(&table.name)?.max(highest);
            self.target.number_after(&table.name, last.unwrap_or(0))?;
        }
        Ok(content)
    }

    /// What a table holds.
    fn content(&self, tx: &ReadTx<'_>, table: &Layout, doing: &'static str) -> Result<Content> {
        let mut content = Content::default();
        let progress = Progress::of(self, table, doing)?;
        tx.in_batches(&select(table), BATCH, kept, |rows| {
            for row in &rows {
                content.add(row);
            }
            progress.tell(content.rows);
            Ok(())
        })?;
        Ok(content)
    }
}

/// How far a table has been gone through.
struct Progress<'t> {
    table: &'t str,
    doing: &'static str,
    rows: u64,
    tell: &'t dyn Fn(&dyn Display),
}

impl<'t> Progress<'t> {
    fn of(transfer: &Transfer<'t>, table: &'t Layout, doing: &'static str) -> Result<Self> {
        let count = format!("SELECT count(*) FROM {}", table.name);
        let rows: i64 = transfer.source.one(&count, (), |row| row.get(0))?;
        Ok(Self {
            table: &table.name,
            doing,
            rows: i64::cast_unsigned(rows),
            tell: transfer.tell,
        })
    }

    fn tell(&self, done: u64) {
        (self.tell)(&format_args!(
            "{}: {} of {} rows {}",
            self.table,
            Count(done),
            Count(self.rows),
            self.doing
        ));
    }
}

fn is_kept(table: &Layout) -> bool {
    KEPT_BY_TRIGGERS.contains(&table.name.as_str())
}

fn select(table: &Layout) -> String {
    format!("SELECT {} FROM {}", table.columns.join(", "), table.name)
}

/// Inserts so many rows.
fn insert(table: &Layout, rows: usize) -> String {
    let columns = table.columns.join(", ");
    let mut sql = format!("INSERT INTO {} ({columns}) VALUES ", table.name);
    let width = table.columns.len();
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=width {
            let comma = if column > 1 { ", " } else { "" };
            // A String takes whatever is written to it.
            let _ = write!(sql, "{comma}?{}", row * width + column);
        }
        sql.push(')');
    }
    sql
}

/// The columns of a row.
fn kept(row: Row<'_>) -> Result<Vec<OwnedValue>> {
    (0..row.width())
        .map(|column| row.value(column).map(OwnedValue::from))
        .collect()
}

/// Rows as the parameters of one statement.
struct Rows<'r>(&'r [Vec<OwnedValue>]);

impl Params for Rows<'_> {
    fn each<'a>(&'a self, mut bind: impl FnMut(Value<'a>) -> Result<()>) -> Result<()> {
        let mut values = self.0.iter().flatten();
        values.try_for_each(|kept| bind(kept.value()))
    }
}

impl Content {
    fn add(&mut self, row: &[OwnedValue]) {
        let mut hash = Sha256::new();
        for kept in row {
            let (kind, bytes): (u8, &[u8]) = match kept {
                OwnedValue::Null => (0, &[]),
                OwnedValue::Integer(number) => (1, &number.to_be_bytes()),
                OwnedValue::Text(text) => (2, text.as_bytes()),
                OwnedValue::Blob(bytes) => (3, bytes),
            };
            hash.update([kind]);
            hash.update(bytes.len().to_be_bytes());
            hash.update(bytes);
        }
        let first = hash.finalize().first_chunk().copied().unwrap_or_default();
        self.rows += 1;
        self.hashes = self.hashes.wrapping_add(u128::from_be_bytes(first));
    }
}
