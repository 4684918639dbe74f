//! Jobs that import users, their files and their logs.

use serde_json::json;

use super::{Fault, Rule, check_date, check_length, first, violation};
use crate::api::{Timestamp, schema};
use crate::domain::import::PIECE_BYTES;
use crate::ids::{AccountId, UserPoolId};
use crate::store::sql::Value;
use crate::store::tables::import_job;
use crate::store::tx::Row;

/// The columns that a job is read from come first.
pub(super) const JOB: Rule = Rule {
    table: "import_jobs",
    rows: "SELECT row, job_id, name, role_arn, base_url, upload_key, status, created_ms, started_ms, completed_ms, message, upload,
               header, position, lines, imported, skipped, failed, pool, begun_upload
           FROM import_jobs",
    fault: Fault::Alone(|row| {
        let key = check_length::<32>(row, "upload_key")?;
        if key.is_some() {
            return Ok(key);
        }
        let dates = ["created_ms", "started_ms", "completed_ms"]
            .map(|column| check_date_if_any(row, column));
        let job = import_job(row)?;
        let is_over = job.state.completed.is_some();
        let status_fits = crate::domain::import::is_over(job.state.status) == is_over;
        let begun: i64 = row.get("begun_upload")?;
        let upload_fits = (0..=begun).contains(&job.upload);
        let of = (
            AccountId::from("000000000000".to_owned()),
            UserPoolId::from("us-east-1_A".to_owned()),
        );
        let mut shown = job.into_shown(&of.0, &of.1, Timestamp::from_millis(0));
        // Cognito's own messages break the pattern of the model. Dates have a check of their own.
        shown.completion_message = None;
        (shown.creation_date, shown.start_date, shown.completion_date) = (None, None, None);
        first(dates.into_iter().chain([
            Ok(violation(&schema::USER_IMPORT_JOB_TYPE, json!(shown))),
            Ok((!status_fits).then(|| "the status and the date of completion disagree".to_owned())),
            Ok((!upload_fits).then(|| "an upload is whole that never began".to_owned())),
        ]))
    }),
};

fn check_date_if_any(row: Row<'_>, column: &str) -> super::Judgement {
    match row.value(column)? {
        Value::Null => Ok(None),
        Value::Integer(_) | Value::Text(_) | Value::Blob(_) => check_date(row, column),
    }
}

/// All pieces of a file but its last one have the same size.
pub(super) const PIECE: Rule = Rule {
    table: "import_pieces",
    rows: "SELECT f.row, j.pool, octet_length(f.bytes),
               EXISTS (SELECT 1 FROM import_pieces n WHERE n.job = f.job AND n.upload = f.upload AND n.number = f.number + 1)
           FROM import_pieces f JOIN import_jobs j ON j.row = f.job",
    fault: Fault::Alone(|row| {
        let (bytes, has_next): (i64, bool) = (row.get(2)?, row.get(3)?);
        let bytes = usize::try_from(bytes).unwrap_or_default();
        let fits = (1..=PIECE_BYTES).contains(&bytes) && (!has_next || bytes == PIECE_BYTES);
        Ok((!fits).then(|| format!("a piece of a file has {bytes} bytes")))
    }),
};

pub(super) const LOG: Rule = Rule {
    table: "import_log",
    rows: "SELECT l.first_line AS row, j.pool, l.first_line, l.last_line, l.outcome, l.logged_ms, j.lines
           FROM import_log l JOIN import_jobs j ON j.row = l.job",
    fault: Fault::Alone(|row| {
        let (first_line, last_line, lines): (i64, i64, i64) = (
            row.get("first_line")?,
            row.get("last_line")?,
            row.get("lines")?,
        );
        let outcome: String = row.get("outcome")?;
        let known = ["SUCCEEDED", "SKIPPED", "FAILED"].contains(&&*outcome);
        let fits = 1 < first_line && first_line <= last_line && last_line <= lines;
        first([
            Ok((!fits).then(|| "the lines are not among those that were read".to_owned())),
            Ok((!known).then(|| "the outcome is none".to_owned())),
            check_date(row, "logged_ms"),
        ])
    }),
};
