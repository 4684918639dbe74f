//! Errors about jobs that import users, and about the files that they read.

use crate::api::{ErrorCode, UserImportJobStatusType};
use crate::error::ApiError;
use crate::ids::ImportJobId;

impl ApiError {
    /// `ResourceNotFoundException`: the pool has no such job.
    pub(crate) fn no_such_import_job(id: &ImportJobId) -> Self {
        let message = format!("User import job {id} does not exist.");
        Self::new(ErrorCode::ResourceNotFoundException, message).because("there is no such job")
    }

    /// `LimitExceededException`: the pool has as many jobs as are kept of a pool.
    pub(crate) fn too_many_import_jobs() -> Self {
        Self::new(
            ErrorCode::LimitExceededException,
            "The user pool has the maximum number of user import jobs.",
        )
    }

    /// `PreconditionNotMetException`: the pool verifies no attribute by itself, so no line could give a verified one.
    pub(crate) fn nothing_auto_verified() -> Self {
        Self::new(
            ErrorCode::PreconditionNotMetException,
            "The user pool must have at least one auto-verified attribute.",
        )
    }

    /// `PreconditionNotMetException`: no file was uploaded for the job.
    pub(crate) fn no_file_uploaded(id: &ImportJobId) -> Self {
        Self::new(
            ErrorCode::PreconditionNotMetException,
            format!("No csv file was uploaded for {id}"),
        )
        .because("no file was uploaded")
    }

    /// `PreconditionNotMetException`: the job is not in a state in which it can be `done`, such as started.
    pub(crate) fn wrong_import_state(done: &'static str, status: UserImportJobStatusType) -> Self {
        let status = status.as_str();
        Self::new(
            ErrorCode::PreconditionNotMetException,
            format!("A user import job with the status {status} can not be {done}."),
        )
        .because(format_args!("the job is {status}"))
    }

    /// `PreconditionNotMetException`: another job of the account has not ended.
    pub(crate) fn another_import_runs() -> Self {
        Self::new(
            ErrorCode::PreconditionNotMetException,
            "Another user import job of the account is in progress.",
        )
    }

    /// `UserImportInProgressException`: users are being imported into the pool.
    pub(crate) fn import_in_progress() -> Self {
        Self::new(
            ErrorCode::UserImportInProgressException,
            "A user import job is in progress for the user pool.",
        )
    }

    /// A file was sent to a URL that no job has, or without what the URL's signature covers.
    pub(crate) fn wrong_upload_signature(why: &'static str) -> Self {
        Self::new(
            ErrorCode::InvalidSignatureException,
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        )
        .because(why)
    }

    /// A file was sent without the header that the URL's signature covers.
    pub(crate) fn unencrypted_upload() -> Self {
        Self::new(
            ErrorCode::InvalidSignatureException,
            "The URL is signed for a request with the header x-amz-server-side-encryption: aws:kms.",
        )
    }

    /// A file was sent after the time in which its URL is valid.
    pub(crate) fn upload_expired() -> Self {
        Self::new(ErrorCode::AccessDeniedException, "Request has expired")
    }

    /// A file was sent without saying how long it is.
    pub(crate) fn upload_without_length() -> Self {
        Self::new(
            ErrorCode::InvalidParameterException,
            "You must provide the Content-Length HTTP header.",
        )
    }

    /// A file was sent that is larger than files may be.
    pub(crate) fn upload_too_large() -> Self {
        Self::new(
            ErrorCode::RequestEntityTooLargeException,
            "Your proposed upload exceeds the maximum allowed size",
        )
    }

    /// A file was sent for a job that reads its file already, or is over.
    pub(crate) fn upload_too_late() -> Self {
        Self::new(
            ErrorCode::PreconditionNotMetException,
            "The user import job has been started or has ended, and takes no file.",
        )
    }

    /// Another upload for the same job began while this one was going on.
    pub(crate) fn upload_replaced() -> Self {
        Self::new(
            ErrorCode::ConcurrentModificationException,
            "Another file is being uploaded for the user import job.",
        )
    }
}
