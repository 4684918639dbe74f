//! Jobs that import users from a CSV file (AWS's guide "Importing users into user pools from a CSV file").

pub(crate) mod csv;
pub(crate) mod header;
pub(crate) mod line;
pub(crate) mod log;

use hmac::Mac;

use self::log::Fate;
use crate::api::{Timestamp, UserImportJobStatusType, UserImportJobType};
use crate::ids::{AccountId, ImportJobId, UserPoolId};
use crate::mac::hmac_sha256;

/// The most jobs that are kept of a pool.
pub(crate) const MAX_JOBS_OF_POOL: u32 = 1000;

/// The largest file, in bytes: 100 MB, as the guide says.
pub(crate) const MAX_FILE_BYTES: u64 = 100 * 1024 * 1024;

/// The bytes of each piece that a file is kept in, but the last one. A piece is longer than a line may be.
pub(crate) const PIECE_BYTES: usize = 64 * 1024;

/// How long the URL for the file is valid, in seconds.
const UPLOAD_SECONDS: i64 = 15 * 60;

/// How long a job can be started, in milliseconds.
const START_MS: i64 = 24 * 60 * 60 * 1000;

/// What the header `x-amz-server-side-encryption` of an upload holds, as the guide says. The signature of the URL covers it.
pub(crate) const ENCRYPTION: &str = "aws:kms";

/// A stored job.
#[derive(Clone)]
pub(crate) struct ImportJob {
    pub(crate) row: i64,
    pub(crate) id: ImportJobId,
    pub(crate) name: String,
    pub(crate) role_arn: String,
    /// What the URL for the file begins with: scheme, host, and a path if there is one.
    pub(crate) base_url: String,
    /// The key that signs the URL.
    pub(crate) upload_key: [u8; 32],
    pub(crate) state: State,
    pub(crate) created: Timestamp,
    pub(crate) started: Option<Timestamp>,
    /// The number of the newest upload that is whole; 0 if there is none.
    pub(crate) upload: i64,
    pub(crate) progress: Progress,
}

/// The state of a job, with when and why it ended if it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) status: UserImportJobStatusType,
    pub(crate) completed: Option<Timestamp>,
    pub(crate) message: Option<String>,
}

/// How far a job has read its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The first line, once it was read.
    pub(crate) header: Option<String>,
    /// The bytes that were read.
    pub(crate) position: i64,
    /// The lines that were read, the first included.
    pub(crate) lines: i64,
    pub(crate) counts: Counts,
}

/// How many lines fared in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) imported: i64,
    pub(crate) skipped: i64,
    pub(crate) failed: i64,
}

impl Counts {
    /// Counts one more line.
    pub(crate) fn count(&mut self, fate: &Fate) {
        let place = match fate {
            Fate::Imported => &mut self.imported,
            Fate::Skipped => &mut self.skipped,
            Fate::Failed(_) => &mut self.failed,
        };
        *place = place.saturating_add(1);
    }
}

/// How a job ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The file was read to its end.
    OfFile,
    /// The file or the pool does not allow to go on, for this reason.
    Fault(String),
    /// An administrator stopped the job.
    Stopped,
}

impl End {
    /// The status and the message of a job that ends so with these counts. A job in which more than half of the lines failed or were
    /// skipped has failed.
    pub(crate) fn outcome(self, counts: Counts) -> (UserImportJobStatusType, String) {
        let not_imported = counts.skipped.saturating_add(counts.failed);
        match self {
            Self::OfFile if not_imported > counts.imported => (
                UserImportJobStatusType::Failed,
                "Too many users have failed or been skipped during the import.".to_owned(),
            ),
            Self::OfFile => (
                UserImportJobStatusType::Succeeded,
                "Import Job Completed Successfully.".to_owned(),
            ),
            Self::Fault(why) => (UserImportJobStatusType::Failed, why),
            Self::Stopped => (
                UserImportJobStatusType::Stopped,
                "The Import Job was stopped by the developer.".to_owned(),
            ),
        }
    }
}

impl ImportJob {
    /// A new job.
    pub(crate) fn new(
        id: ImportJobId,
        (name, role_arn): (String, String),
        base_url: String,
        upload_key: [u8; 32],
        now: Timestamp,
    ) -> Self {
        Self {
            row: 0,
            id,
            name,
            role_arn,
            base_url,
            upload_key,
            state: State {
                status: UserImportJobStatusType::Created,
                completed: None,
                message: None,
            },
            created: now,
            started: None,
            upload: 0,
            progress: Progress::default(),
        }
    }

    /// The state at the time `now`: a job that was not started in time has expired.
    pub(crate) fn state_at(&self, now: Timestamp) -> State {
        let last = self.created.millis().saturating_add(START_MS);
        if self.state.status == UserImportJobStatusType::Created && now.millis() >= last {
            State {
                status: UserImportJobStatusType::Expired,
                completed: Some(Timestamp::from_millis(last)),
                message: Some("The user import job has expired.".to_owned()),
            }
        } else {
            self.state.clone()
        }
    }

    /// The latest time at which a job was created that has expired at the time `now`.
    pub(crate) fn expired_since(now: Timestamp) -> Timestamp {
        Timestamp::from_millis(now.millis().saturating_sub(START_MS))
    }

    /// Whether the URL for the file is no longer valid.
    pub(crate) fn is_closed_to_uploads(&self, now: Timestamp) -> bool {
        let valid_ms = UPLOAD_SECONDS * 1000;
        now.millis() > self.created.millis().saturating_add(valid_ms)
    }

    /// The URL that takes the file, for a job of this pool.
    fn upload_url(&self, account: &AccountId, pool: &UserPoolId) -> String {
        let (base, query) = (&self.base_url, self.signed_query());
        let path = self.upload_path(account, pool);
        let signature = self.upload_signature(account, pool);
        format!("{base}{path}?{query}&X-Amz-Signature={signature}")
    }

    /// The path of the URL that takes the file.
    fn upload_path(&self, account: &AccountId, pool: &UserPoolId) -> String {
        format!("/_poolhouse/import/{account}/{pool}/{}", self.id)
    }

    /// The query of the URL that takes the file, without the signature. Names are those of URLs that are signed for Amazon S3.
    fn signed_query(&self) -> String {
        let date = self.created.date_time().format("%Y%m%dT%H%M%SZ");
        format!(
            "X-Amz-Date={date}&X-Amz-Expires={UPLOAD_SECONDS}&X-Amz-SignedHeaders=x-amz-server-side-encryption"
        )
    }

    /// The signature of the URL that takes the file: an HMAC-SHA256, in hexadecimal digits, under the job's own key. Host and base
    /// path are not signed, since a proxy may change them.
    pub(crate) fn upload_signature(&self, account: &AccountId, pool: &UserPoolId) -> String {
        let mac = hmac_sha256(&self.upload_key)
            .chain_update("PUT\n")
            .chain_update(self.upload_path(account, pool))
            .chain_update("\n")
            .chain_update(self.signed_query())
            .chain_update("\nx-amz-server-side-encryption:")
            .chain_update(ENCRYPTION);
        hex::encode(mac.finalize().into_bytes())
    }

    /// The job of this pool as answers show it at the time `now`.
    pub(crate) fn into_shown(
        self,
        account: &AccountId,
        pool: &UserPoolId,
        now: Timestamp,
    ) -> UserImportJobType {
        let State {
            status,
            completed,
            message,
        } = self.state_at(now);
        let counts = self.progress.counts;
        UserImportJobType {
            pre_signed_url: Some(self.upload_url(account, pool)),
            cloud_watch_logs_role_arn: Some(self.role_arn),
            completion_date: completed,
            completion_message: message,
            creation_date: Some(self.created),
            failed_users: Some(counts.failed),
            imported_users: Some(counts.imported),
            job_id: Some(self.id),
            job_name: Some(self.name),
            password_hashing_algorithm: None,
            skipped_users: Some(counts.skipped),
            start_date: self.started,
            status: Some(status),
            user_pool_id: Some(pool.clone()),
        }
    }
}

/// Whether a job with this status is over for good.
pub(crate) fn is_over(status: UserImportJobStatusType) -> bool {
    match status {
        UserImportJobStatusType::Created
        | UserImportJobStatusType::Pending
        | UserImportJobStatusType::InProgress
        | UserImportJobStatusType::Stopping => false,
        UserImportJobStatusType::Expired
        | UserImportJobStatusType::Stopped
        | UserImportJobStatusType::Failed
        | UserImportJobStatusType::Succeeded => true,
    }
}
