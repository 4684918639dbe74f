//! The table `import_jobs`.

use serde_json::Value;

use crate::api::{Timestamp, UserImportJobStatusType};
use crate::domain::import::{Counts, End, ImportJob, MAX_JOBS_OF_POOL, Progress, State};
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::{AccountId, ImportJobId, UserPoolId};
use crate::store::page::{Page, one_more};
use crate::store::tx::{ReadTx, Row, WriteTx};

/// How long a job is kept after it was created, in milliseconds: 90 days.
const KEPT_MS: i64 = 90 * 24 * 60 * 60 * 1000;

impl ReadTx<'_> {
    /// The pool's job with this id.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has none.
    pub(crate) fn import_job(&self, pool: &Pool, id: &ImportJobId) -> Result<ImportJob> {
        let found = self.maybe_held(
            "SELECT row, job_id, name, role_arn, base_url, upload_key, status, created_ms, started_ms, completed_ms, message, upload,
                 header, position, lines, imported, skipped, failed
             FROM import_jobs WHERE job_id = ?2 AND pool = ?1",
            "import_jobs",
            (pool.row, id.as_str()),
            job,
        )?;
        found.ok_or_else(|| ApiError::no_such_import_job(id))
    }

    /// The job with this id, whatever pool it is of, with the pool's id and account, if there is one.
    pub(crate) fn find_import_job(
        &self,
        id: &str,
    ) -> Result<Option<(ImportJob, UserPoolId, AccountId)>> {
        self.maybe_held(
            "SELECT j.row, j.job_id, j.name, j.role_arn, j.base_url, j.upload_key, j.status, j.created_ms, j.started_ms,
                 j.completed_ms, j.message, j.upload, j.header, j.position, j.lines, j.imported, j.skipped, j.failed, p.id,
                 p.account
             FROM import_jobs j JOIN pools p ON p.row = j.pool WHERE j.job_id = ?1",
            "j",
            [id],
            |row| Ok((job(row)?, row.get::<String>(18)?.into(), row.get::<String>(19)?.into())),
        )
    }

    /// Up to `limit` jobs of the pool, the newest first, before the row `before`.
    pub(crate) fn import_jobs(
        &self,
        pool: &Pool,
        before: i64,
        limit: u32,
    ) -> Result<Page<ImportJob>> {
        let found = self.all(
            "SELECT row, job_id, name, role_arn, base_url, upload_key, status, created_ms, started_ms, completed_ms, message, upload,
                 header, position, lines, imported, skipped, failed
             FROM import_jobs WHERE pool = ?1 AND row < ?2 ORDER BY row DESC LIMIT ?3",
            (pool.row, before, one_more(limit)),
            job,
        )?;
        Ok(Page::cut(found, limit))
    }

    /// Up to `limit` jobs that were started and have not ended, of all pools, each with its pool's id.
    pub(crate) fn running_import_jobs(&self, limit: u32) -> Result<Vec<(ImportJob, UserPoolId)>> {
        self.all(
            "SELECT j.row, j.job_id, j.name, j.role_arn, j.base_url, j.upload_key, j.status, j.created_ms, j.started_ms,
                 j.completed_ms, j.message, j.upload, j.header, j.position, j.lines, j.imported, j.skipped, j.failed, p.id
             FROM import_jobs j JOIN pools p ON p.row = j.pool
             WHERE j.status IN ('Pending', 'InProgress') LIMIT ?1",
            [limit],
            |row| Ok((job(row)?, row.get::<String>(18)?.into())),
        )
    }

    /// Checks that no users are being imported into the pool.
    ///
    /// # Errors
    /// `UserImportInProgressException`.
    pub(crate) fn check_no_import_runs(&self, pool: &Pool) -> Result<()> {
        let running = self.maybe(
            "SELECT 1 FROM import_jobs WHERE status IN ('Pending', 'InProgress') AND pool = ?1",
            [pool.row],
            |_| Ok(()),
        )?;
        running.map_or(Ok(()), |()| Err(ApiError::import_in_progress()))
    }

    /// Whether a job of a pool of this account was started and has not ended.
    fn account_imports(&self, account: &AccountId) -> Result<bool> {
        let running = self.maybe(
            "SELECT 1 FROM import_jobs j JOIN pools p ON p.row = j.pool
             WHERE j.status IN ('Pending', 'InProgress') AND p.account = ?1",
            [account.as_str()],
            |_| Ok(()),
        )?;
        Ok(running.is_some())
    }
}

impl WriteTx<'_> {
    /// Writes a new job of the pool.
    ///
    /// # Errors
    /// `LimitExceededException` when the pool has as many jobs as are kept of a pool.
    pub(crate) fn insert_import_job(&self, pool: &Pool, job: &ImportJob) -> Result<()> {
        self.hold_pool(pool)?;
        self.write(
            "INSERT INTO import_jobs (pool, job_id, name, role_arn, base_url, upload_key, status, created_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                pool.row,
                job.id.as_str(),
                &job.name,
                &job.role_arn,
                &job.base_url,
                &job.upload_key,
                job.state.status.as_str(),
                job.created.millis(),
            ),
        )?;
        let number: u32 = self.one(
            "SELECT count(*) FROM import_jobs WHERE pool = ?1",
            [pool.row],
            |row| row.get(0),
        )?;
        if number > MAX_JOBS_OF_POOL {
            return Err(ApiError::too_many_import_jobs());
        }
        Ok(())
    }

    /// Makes a job that is `Created` one that waits to be run.
    ///
    /// # Errors
    /// `PreconditionNotMetException` when another job of the account has not ended, or the job is in another state.
    pub(crate) fn start_import_job(
        &self,
        account: &AccountId,
        job: &ImportJob,
        now: Timestamp,
    ) -> Result<()> {
        self.hold_names(0, &[account.as_str()])?;
        if self.account_imports(account)? {
            return Err(ApiError::another_import_runs());
        }
        let started = self.run(
            "UPDATE import_jobs SET status = 'Pending', started_ms = ?2 WHERE row = ?1 AND status = 'Created'",
            (job.row, now.millis()),
        )?;
        if started == 0 {
            return Err(ApiError::wrong_import_state("started", job.state.status));
        }
        Ok(())
    }

    /// Ends a job that was started. Returns whether it had not ended before.
    pub(crate) fn end_import_job(
        &self,
        job: &ImportJob,
        end: End,
        counts: Counts,
        now: Timestamp,
    ) -> Result<bool> {
        let (status, message) = end.outcome(counts);
        let ended = self.run(
            "UPDATE import_jobs SET status = ?2, message = ?3, completed_ms = ?4
             WHERE row = ?1 AND status IN ('Pending', 'InProgress')",
            (job.row, status.as_str(), message, now.millis()),
        )?;
        Ok(ended > 0)
    }

    /// Writes how far a running job has read its file. Returns whether the job still ran and stood where `job` says: the statement
    /// lets one server go on from each place, and none after the job was stopped.
    pub(crate) fn advance_import_job(&self, job: &ImportJob, to: &Progress) -> Result<bool> {
        let advanced = self.run(
            "UPDATE import_jobs SET status = 'InProgress', header = ?3, position = ?4, lines = ?5
             WHERE row = ?1 AND position = ?2 AND status IN ('Pending', 'InProgress')",
            (
                job.row,
                job.progress.position,
                to.header.as_deref(),
                to.position,
                to.lines,
            ),
        )?;
        Ok(advanced > 0)
    }

    /// Writes how the lines of a job fared.
    pub(crate) fn count_import(&self, job: &ImportJob, counts: Counts) -> Result<()> {
        self.write(
            "UPDATE import_jobs SET imported = ?2, skipped = ?3, failed = ?4 WHERE row = ?1",
            (job.row, counts.imported, counts.skipped, counts.failed),
        )
    }

    /// Removes up to one job that is old, with its log, unless it runs. Returns how many.
    pub(super) fn remove_old_import_jobs(&self, now: Timestamp) -> Result<usize> {
        self.run(
            "DELETE FROM import_jobs WHERE row IN
                 (SELECT row FROM import_jobs WHERE created_ms < ?1 AND status NOT IN ('Pending', 'InProgress')
                  ORDER BY created_ms LIMIT 1)",
            [now.millis().saturating_sub(KEPT_MS)],
        )
    }
}

/// Reads a job from the first 18 columns.
pub(in crate::store) fn job(row: Row<'_>) -> Result<ImportJob> {
    let key: Vec<u8> = row.get(5)?;
    let status: UserImportJobStatusType =
        serde_json::from_value(Value::String(row.get(6)?)).map_err(ApiError::internal)?;
    Ok(ImportJob {
        row: row.get(0)?,
        id: row.get::<String>(1)?.into(),
        name: row.get(2)?,
        role_arn: row.get(3)?,
        base_url: row.get(4)?,
        upload_key: key
            .try_into()
            .map_err(|_| ApiError::internal("a key of the wrong length"))?,
        state: State {
            status,
            completed: row.get::<Option<i64>>(9)?.map(Timestamp::from_millis),
            message: row.get(10)?,
        },
        created: Timestamp::from_millis(row.get(7)?),
        started: row.get::<Option<i64>>(8)?.map(Timestamp::from_millis),
        upload: row.get(11)?,
        progress: Progress {
            header: row.get(12)?,
            position: row.get(13)?,
            lines: row.get(14)?,
            counts: Counts {
                imported: row.get(15)?,
                skipped: row.get(16)?,
                failed: row.get(17)?,
            },
        },
    })
}
