//! The table `import_log`: what became of the lines of a file. Lines that follow each other and fared alike share a row.

use crate::api::Timestamp;
use crate::domain::import::ImportJob;
use crate::domain::import::log::LoggedLines;
use crate::error::Result;
use crate::store::tx::{ReadTx, Row, WriteTx};

/// The most rows that are kept of one job. Lines beyond them are only counted.
const MAX_ROWS: usize = 10_000;

impl ReadTx<'_> {
    /// Up to `limit` rows of the job's log with lines after the line `after`, in the order of the lines.
    pub(crate) fn import_log(
        &self,
        job: &ImportJob,
        after: i64,
        limit: u32,
    ) -> Result<Vec<LoggedLines>> {
        self.all(
            "SELECT first_line, last_line, outcome, reason, logged_ms FROM import_log
             WHERE job = ?1 AND last_line > ?2 ORDER BY first_line LIMIT ?3",
            (job.row, after, limit),
            lines,
        )
    }
}

impl WriteTx<'_> {
    /// Adds what became of lines that come after all that are in the job's log.
    pub(crate) fn log_import(&self, job: &ImportJob, lines: &[LoggedLines]) -> Result<()> {
        let Some((first, rest)) = lines.split_first() else {
            return Ok(());
        };
        let joined = self.run(
            "UPDATE import_log SET last_line = ?3
             WHERE job = ?1 AND first_line = (SELECT max(first_line) FROM import_log WHERE job = ?1)
                 AND last_line = ?2 - 1 AND outcome = ?4 AND reason = ?5",
            (
                job.row,
                first.first,
                first.last,
                &first.outcome,
                &first.reason,
            ),
        )?;
        let new = if joined > 0 { rest } else { lines };
        if new.is_empty() {
            return Ok(());
        }
        let kept: usize = self.one(
            "SELECT count(*) FROM import_log WHERE job = ?1",
            [job.row],
            |row| Ok(usize::try_from(row.get::<i64>(0)?).unwrap_or(usize::MAX)),
        )?;
        for lines in new.iter().take(MAX_ROWS.saturating_sub(kept)) {
            self.write(
                "INSERT INTO import_log (job, first_line, last_line, outcome, reason, logged_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                (
                    job.row,
                    lines.first,
                    lines.last,
                    &lines.outcome,
                    &lines.reason,
                    lines.logged.millis(),
                ),
            )?;
        }
        Ok(())
    }
}

/// Reads a row from the first five columns.
fn lines(row: Row<'_>) -> Result<LoggedLines> {
    Ok(LoggedLines {
        first: row.get(0)?,
        last: row.get(1)?,
        outcome: row.get(2)?,
        reason: row.get(3)?,
        logged: Timestamp::from_millis(row.get(4)?),
    })
}
