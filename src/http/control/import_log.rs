//! `GET /_poolhouse/import-log`: what became of each line of the file of a job that imports users, in the words of Cognito's log. The
//! caller signs with an access key of the pool's account that is granted the action `poolhouse:ReadImportLog` on the pool.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::signed::{self, Call};
use crate::access::READ_IMPORT_LOG;
use crate::domain::import::ImportJob;
use crate::domain::import::log::ImportLog;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::http::Shared;
use crate::ids::{ImportJobId, UserPoolId};
use crate::store::ReadTx;

/// The most lines that are shown at once.
const MAX_LINES: u32 = 1000;

/// The parameters of the query string.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Query {
    user_pool_id: UserPoolId,
    job_id: ImportJobId,
    /// The number of the line after which to begin.
    #[serde(default)]
    after: i64,
}

/// Answers with the log, or with an error in the words of AWS's front ends.
pub(super) async fn answer(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("ReadImportLog", shared, request, body, log).await
}

/// The part of the log that the query asks for.
///
/// # Errors
/// Those of any signed operation on a job.
async fn log(call: &Call<'_>) -> Result<ImportLog> {
    let Call {
        shared,
        exchange,
        key,
        ..
    } = call;
    let query: Query = call.query()?;
    key.authorize(READ_IMPORT_LOG, Some(&query.user_pool_id), &shared.region)?;
    let (account, seen) = (key.account.clone(), Arc::clone(&exchange.seen));
    shared
        .store
        .read(move |tx| {
            let pool = tx.pool(&query.user_pool_id)?;
            // The log of requests names only a pool that exists, since a query string can hold anything.
            seen.set_pool(&pool.id);
            if pool.account != account {
                return Err(ApiError::foreign_pool(&pool.id));
            }
            let job = tx.import_job(&pool, &query.job_id)?;
            shown(tx, &pool, &job, query.after)
        })
        .await
}

/// The lines of the job's log after the line `after`, up to [`MAX_LINES`].
fn shown(tx: &ReadTx<'_>, pool: &Pool, job: &ImportJob, after: i64) -> Result<ImportLog> {
    // Each row has a line, and one line more shows whether the log goes on.
    let rows = tx.import_log(job, after, MAX_LINES + 1)?;
    let most = usize::try_from(MAX_LINES).unwrap_or(usize::MAX);
    let lines = rows.iter().flat_map(|rows| rows.events(after));
    let mut lines: Vec<_> = lines.take(most + 1).collect();
    let goes_on = lines.len() > most;
    lines.truncate(most);
    let next_after = lines.last().map(|(number, _)| *number);
    let name = tx.pool_settings(pool)?.name.unwrap_or_default();
    Ok(ImportLog {
        log_group_name: format!("/aws/cognito/userpools/{}/{name}", pool.id),
        log_stream_name: format!("{}/{}", job.id, job.name),
        events: lines.into_iter().map(|(_, event)| event).collect(),
        next_after: next_after.filter(|_| goes_on),
    })
}
