//! Some lines of a job's file: what they describe, and how that is written.

use crate::ambient::Ambient;
use crate::api::{ErrorCode, Timestamp};
use crate::domain::import::csv::{self, Next};
use crate::domain::import::header::{self, Columns};
use crate::domain::import::line::{ImportedUser, Rules, words};
use crate::domain::import::log::{self, Fate};
use crate::domain::import::{End, ImportJob, Progress};
use crate::domain::mfa::{Factor, Preferences};
use crate::domain::pool::{Configuration, Pool};
use crate::error::Result;
use crate::ids::UserPoolId;
use crate::store::{ReadTx, WriteTx};

/// The most lines of a batch: a millisecond or two of the writer's time.
const LINES: usize = 25;

/// What a step of a job writes.
pub(super) struct Batch {
    /// The user of each line, or why there is none, with the number of the line.
    users: Vec<(i64, Result<ImportedUser, String>)>,
    /// How far the file is read; the counts are those from before.
    progress: Progress,
    /// How the job ends, if it does.
    end: Option<End>,
}

impl Batch {
    /// Reads the next lines of the job's file.
    ///
    /// # Errors
    /// `InternalErrorException` when the registry fails, `ResourceNotFoundException` when the pool is gone.
    pub(super) fn read(
        tx: &ReadTx<'_>,
        job: &ImportJob,
        pool: &UserPoolId,
        chance: &Ambient,
        now: Timestamp,
    ) -> Result<Self> {
        let pool = tx.pool(pool)?;
        let (settings, mfa) = (tx.pool_settings(&pool)?, tx.pool_mfa(&pool)?);
        let (bytes, is_last) = tx.import_bytes(job)?;
        let mut batch = Self {
            users: Vec::new(),
            progress: job.progress.clone(),
            end: None,
        };
        let read = pool
            .configuration()
            .map_err(words)
            .and_then(|configuration| {
                let rules = Rules::of(&settings, configuration, &mfa);
                let part = Part {
                    bytes: &bytes,
                    is_last,
                };
                let user = |columns: &Columns, line: &str| {
                    let sub = chance.uuid().to_string();
                    rules.user(columns, csv::values(line), sub, now)
                };
                batch.take_lines(part, &header::of_pool(&settings), user)
            });
        if let Err(why) = read {
            batch.end = Some(End::Fault(why));
        }
        Ok(batch)
    }

    /// Takes lines from a part of a file.
    ///
    /// # Errors
    /// Why the job cannot go on, in words that repeat nothing of the file.
    fn take_lines(
        &mut self,
        mut part: Part<'_>,
        due: &[String],
        user: impl Fn(&Columns, &str) -> Result<ImportedUser, String>,
    ) -> Result<(), String> {
        if self.progress.header.is_none() {
            let first = match part.next(&mut self.progress) {
                Next::Line(line, _) => line,
                Next::End => b"",
                Next::Unfinished | Next::TooLong => return Err(too_long(&self.progress)),
            };
            let first = str::from_utf8(first).map_err(|_| "The CSV header is not UTF-8.")?;
            self.progress.header = Some(first.to_owned());
        }
        let first = self.progress.header.as_deref().unwrap_or_default();
        let columns = Columns::read(csv::values(first), due)?;
        while self.users.len() < LINES {
            let line = match part.next(&mut self.progress) {
                Next::Line(line, _) => line,
                // The next batch begins with it.
                Next::Unfinished => return Ok(()),
                Next::TooLong => return Err(too_long(&self.progress)),
                Next::End => {
                    self.end = Some(End::OfFile);
                    return Ok(());
                }
            };
            let user = match str::from_utf8(line) {
                Ok(line) if line.trim().is_empty() => continue,
                Ok(line) => user(&columns, line),
                Err(_) => Err("The line is not UTF-8.".to_owned()),
            };
            self.users.push((self.progress.lines, user));
        }
        Ok(())
    }

    /// Writes the users of the batch, what became of each line, and how far the job is. Returns whether the job still stood where
    /// the batch begins.
    ///
    /// # Errors
    /// `InternalErrorException` when the registry fails.
    pub(super) fn write(
        self,
        tx: &WriteTx<'_>,
        job: &ImportJob,
        pool: &UserPoolId,
        now: Timestamp,
    ) -> Result<bool> {
        if !tx.advance_import_job(job, &self.progress)? {
            return Ok(false);
        }
        let mut counts = self.progress.counts;
        let mut log = Vec::new();
        if !self.users.is_empty() {
            let pool = tx.pool(pool)?;
            let configuration = pool.configuration()?;
            for (number, user) in self.users {
                let fate = match user {
                    Ok(user) => import(tx, &pool, configuration, &user)?,
                    Err(why) => Fate::Failed(why),
                };
                counts.count(&fate);
                log::note(&mut log, number, &fate, now);
            }
        }
        tx.count_import(job, counts)?;
        tx.log_import(job, &log)?;
        tx.delete_read_pieces(job, self.progress.position)?;
        if let Some(end) = self.end {
            tx.end_import_job(job, end, counts, now)?;
        }
        Ok(true)
    }
}

/// A part of a file, and whether the file ends where the part does.
struct Part<'a> {
    bytes: &'a [u8],
    is_last: bool,
}

impl<'a> Part<'a> {
    /// Takes the next line, and counts it.
    fn next(&mut self, progress: &mut Progress) -> Next<'a> {
        let next = csv::next(self.bytes, self.is_last);
        if let Next::Line(_, taken) = next {
            self.bytes = self.bytes.get(taken..).unwrap_or_default();
            progress.lines = progress.lines.saturating_add(1);
            let taken = i64::try_from(taken).unwrap_or(i64::MAX);
            progress.position = progress.position.saturating_add(taken);
        }
        next
    }
}

/// Why a job cannot read the line after those that it has read.
fn too_long(progress: &Progress) -> String {
    let number = progress.lines.saturating_add(1);
    format!(
        "Line Number {number} has more than {} characters.",
        csv::MAX_CHARACTERS
    )
}

/// Writes the user, unless there is one of this name, or the pool cannot have it.
///
/// # Errors
/// `InternalErrorException` when the registry fails.
fn import(
    tx: &WriteTx<'_>,
    pool: &Pool,
    configuration: &Configuration,
    user: &ImportedUser,
) -> Result<Fate> {
    if tx.find_user(pool, configuration, &user.name)?.is_some() {
        return Ok(Fate::Skipped);
    }
    let written = tx.attempt(|tx| {
        let row = tx.insert_user(pool, configuration, &user.record)?;
        if user.by_sms {
            let mut preferences = Preferences::default();
            preferences.switch_on(Factor::Sms);
            let (user, _) = tx.user_of_row(row)?;
            tx.put_mfa_preferences(&user, preferences)?;
        }
        Ok(())
    });
    match written {
        Ok(()) => Ok(Fate::Imported),
        Err(error) if error.code == ErrorCode::InternalErrorException => Err(error),
        Err(refusal) => Ok(Fate::Failed(words(refusal))),
    }
}
