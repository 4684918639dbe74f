//! The table `import_pieces`: the files of jobs that import users, in pieces of one size.
//!
//! An upload has a number among those of its job. Only the upload that began last can grow, and only the newest that is whole is
//! read; the pieces of all others go with the rows that are old (`expiry.rs`), and so do those that a job has no use for any more.

use crate::api::Timestamp;
use crate::domain::import::{ImportJob, PIECE_BYTES};
use crate::error::{ApiError, Result};
use crate::store::tx::{ReadTx, WriteTx};

/// Pieces that are removed in one step.
const REMOVED_AT_ONCE: u32 = 20;

/// The bytes of a piece, as the database counts.
#[expect(clippy::cast_possible_wrap, reason = "a piece is small")]
const PIECE: i64 = PIECE_BYTES as i64;

impl ReadTx<'_> {
    /// The bytes of the job's file from where the job stands: a line, or more than a line may have, or all that there is. And whether
    /// the file ends with them.
    pub(crate) fn import_bytes(&self, job: &ImportJob) -> Result<(Vec<u8>, bool)> {
        let position = job.progress.position;
        let mut number = position / PIECE;
        let last = self.last_piece(job)?;
        let begun = usize::try_from(position % PIECE).map_err(ApiError::internal)?;
        let mut bytes = self.piece(job, number)?;
        bytes.drain(..begun.min(bytes.len()));
        if number < last && !bytes.contains(&b'\n') {
            number += 1;
            bytes.extend(self.piece(job, number)?);
        }
        Ok((bytes, number >= last))
    }

    /// The bytes of a piece of the job's file; none after the end of the file.
    fn piece(&self, job: &ImportJob, number: i64) -> Result<Vec<u8>> {
        let found = self.maybe(
            "SELECT bytes FROM import_pieces WHERE job = ?1 AND upload = ?2 AND number = ?3",
            (job.row, job.upload, number),
            |row| row.get(0),
        )?;
        Ok(found.unwrap_or_default())
    }

    /// The number of the last piece of the job's file; 0 if there is none.
    fn last_piece(&self, job: &ImportJob) -> Result<i64> {
        self.one(
            "SELECT coalesce(max(number), 0) FROM import_pieces WHERE job = ?1 AND upload = ?2",
            (job.row, job.upload),
            |row| row.get(0),
        )
    }
}

impl WriteTx<'_> {
    /// Begins an upload of the job's file, in place of all that are going on. Returns its number.
    ///
    /// # Errors
    /// `PreconditionNotMetException` when the job takes no file any more.
    pub(crate) fn begin_import_upload(&self, job: &ImportJob) -> Result<i64> {
        let begun = self.run(
            "UPDATE import_jobs SET begun_upload = begun_upload + 1 WHERE row = ?1 AND status = 'Created'",
            [job.row],
        )?;
        if begun == 0 {
            return Err(ApiError::upload_too_late());
        }
        self.one(
            "SELECT begun_upload FROM import_jobs WHERE row = ?1",
            [job.row],
            |row| row.get(0),
        )
    }

    /// Writes a piece of an upload.
    ///
    /// # Errors
    /// `PreconditionNotMetException` when the job takes no file any more; `ConcurrentModificationException` when another upload has
    /// begun.
    pub(crate) fn put_import_piece(
        &self,
        job: &ImportJob,
        upload: i64,
        number: i64,
        bytes: &[u8],
    ) -> Result<()> {
        self.check_upload(job, upload)?;
        self.write(
            "INSERT INTO import_pieces (job, upload, number, bytes) VALUES (?1, ?2, ?3, ?4)",
            (job.row, upload, number, bytes),
        )
    }

    /// Makes an upload that is whole the job's file.
    ///
    /// # Errors
    /// As [`WriteTx::put_import_piece`].
    pub(crate) fn finish_import_upload(&self, job: &ImportJob, upload: i64) -> Result<()> {
        self.check_upload(job, upload)?;
        self.write(
            "UPDATE import_jobs SET upload = ?2 WHERE row = ?1",
            (job.row, upload),
        )
    }

    /// Checks that the upload is the last that began, and that the job takes a file.
    fn check_upload(&self, job: &ImportJob, upload: i64) -> Result<()> {
        let begun: Option<i64> = self.maybe_held(
            "SELECT begun_upload FROM import_jobs WHERE row = ?1 AND status = 'Created'",
            "import_jobs",
            [job.row],
            |row| row.get(0),
        )?;
        match begun {
            None => Err(ApiError::upload_too_late()),
            Some(begun) if begun != upload => Err(ApiError::upload_replaced()),
            Some(_) => Ok(()),
        }
    }

    /// Removes the pieces that the job has read once it stands at `position`.
    pub(crate) fn delete_read_pieces(&self, job: &ImportJob, position: i64) -> Result<()> {
        self.write(
            "DELETE FROM import_pieces WHERE job = ?1 AND upload = ?2 AND number < ?3",
            (job.row, job.upload, position / PIECE),
        )
    }

    /// Removes some pieces that nobody will read: of uploads that were replaced, of those that were not whole when their job was
    /// started, and of jobs that are over. Returns how many.
    pub(super) fn remove_useless_pieces(&self, now: Timestamp) -> Result<usize> {
        self.run(
            "DELETE FROM import_pieces WHERE row IN
                 (SELECT f.row FROM import_jobs j JOIN import_pieces f ON f.job = j.row
                  WHERE j.row > 0
                      AND CASE WHEN j.status IN ('Pending', 'InProgress') THEN f.upload <> j.upload
                               WHEN j.status = 'Created' AND j.created_ms > ?1 THEN f.upload NOT IN (j.upload, j.begun_upload)
                               ELSE TRUE END
                  LIMIT ?2)",
            (ImportJob::expired_since(now).millis(), REMOVED_AT_ONCE),
        )
    }
}
