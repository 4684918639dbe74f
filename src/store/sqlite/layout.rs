//! The tables of the current schema: which there are, what they hold, and which refer to which.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::engine::Engine;
use super::location::Location;
use super::schema;
use crate::error::{ApiError, Result};
use crate::settings::Database;
use crate::store::tx::ReadTx;

/// A table of the current schema, as every engine has it.
pub(in crate::store) struct Layout {
    pub(in crate::store) name: String,
    /// The columns that are written: the others are generated out of them.
    pub(in crate::store) columns: Vec<String>,
    /// The column that numbers the rows, if one does.
    pub(in crate::store) number: Option<String>,
}

/// All tables, each after those that it refers to. They are read from a registry in memory, which the migrations make.
///
/// # Errors
/// `InternalErrorException` when SQLite refuses.
pub(in crate::store) fn layout() -> Result<Vec<Layout>> {
    let mut connection = Location::of(&Database::Memory)
        .and_then(|location| location.connect(Duration::ZERO))
        .map_err(ApiError::internal)?;
    schema::prepare(&mut connection).map_err(ApiError::internal)?;
    let tx = ReadTx::begin(Engine::of(&connection))?;
    let mut parents = parents(&tx)?;
    let mut tables = columns(&tx)?;
    let mut ordered: Vec<Layout> = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let next = tables.iter().position(|table| {
            let mut parents = parents.get(&table.name).into_iter().flatten();
            parents.all(|parent| ordered.iter().any(|known| known.name == *parent))
        });
        let next = next.ok_or_else(|| ApiError::internal("tables refer to each other"))?;
        let table = tables.remove(next);
        parents.remove(&table.name);
        ordered.push(table);
    }
    Ok(ordered)
}

/// The tables by name, each with its columns in their order.
fn columns(tx: &ReadTx<'_>) -> Result<Vec<Layout>> {
    let columns: Vec<(String, String, bool)> = tx.all(
        "SELECT t.name, c.name, c.type = 'INTEGER' AND c.pk = 1 AND NOT EXISTS
             (SELECT 1 FROM pragma_table_xinfo(t.name) other WHERE other.pk > 1)
         FROM sqlite_schema t, pragma_table_xinfo(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.hidden = 0 ORDER BY t.name, c.cid",
        (),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let mut tables: Vec<Layout> = Vec::new();
    for (name, column, numbers) in columns {
        if tables.last().is_none_or(|last| last.name != name) {
            tables.push(Layout {
                name,
                columns: Vec::new(),
                number: None,
            });
        }
        if let Some(table) = tables.last_mut() {
            if numbers {
                table.number = Some(column.clone());
            }
            table.columns.push(column);
        }
    }
    Ok(tables)
}

/// The other tables that each table refers to.
fn parents(tx: &ReadTx<'_>) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let references: Vec<(String, String)> = tx.all(
        "SELECT DISTINCT t.name, r.\"table\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) r
         WHERE t.type = 'table' AND r.\"table\" <> t.name",
        (),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let mut parents: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, parent) in references {
        parents.entry(table).or_default().insert(parent);
    }
    Ok(parents)
}
