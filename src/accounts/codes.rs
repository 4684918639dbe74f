//! A code for one thing that one user may do. The newest code is the only one that counts, serves once, and ends when its address
//! or number is no longer the user's.

use sha2::{Digest, Sha256};

use crate::api::{Sensitive, Timestamp};
use crate::auth::one_time_code;
use crate::context::Cx;
use crate::domain::code::{Allows, KeptCode, end_of_hour};
use crate::domain::pool::Pool;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::sign_in::ClientContext;
use crate::store::{CodeSubject, ReadTx, WriteTx};

/// The place of the code that allows a user one thing.
pub(super) struct Slot<'a> {
    subject: CodeSubject,
    allows: Allows,
    /// `None` for a name without a user. Such a name has codes too, which nobody was sent.
    pub(super) holder: Option<(&'a User, &'a UserRecord)>,
}

impl<'a> Slot<'a> {
    /// The place of a user's code.
    pub(super) fn of_user(
        pool: &Pool,
        user: &'a User,
        record: &'a UserRecord,
        allows: Allows,
    ) -> Self {
        let subject = Sha256::new()
            .chain_update(allows.name())
            .chain_update([0])
            .chain_update(pool.id.as_str())
            .chain_update([0])
            .chain_update(&record.sub)
            .finalize();
        Self {
            subject: subject.into(),
            allows,
            holder: Some((user, record)),
        }
    }

    /// The place of the code that a client which hides who exists says it has sent.
    ///
    /// # Errors
    /// As [`Pool::configuration`].
    pub(super) fn of_nobody(
        client: &ClientContext,
        typed: &Username,
        allows: Allows,
    ) -> Result<Self> {
        let name = client.configuration()?.key_of(typed.as_str());
        let whose = [allows.name().as_bytes(), &[0], name.as_bytes()].concat();
        Ok(Self {
            subject: client.keys.seal.derive("code of nobody", &whose),
            allows,
            holder: None,
        })
    }

    /// The code that was sent last and still counts. Returns `None` if there is none.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn find(&self, cx: &Cx, tx: &ReadTx<'_>) -> Result<Option<KeptCode>> {
        tx.find_code(&self.subject, cx.now)
    }

    /// Keeps a code that was drawn, in place of the one before.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn put(&self, tx: &WriteTx<'_>, code: &KeptCode) -> Result<()> {
        let user = self.holder.map(|(user, _)| user);
        tx.put_code(&self.subject, user, code)
    }

    /// When a code that is sent now expires.
    pub(super) fn end(&self, cx: &Cx) -> Timestamp {
        self.allows.end(cx.now)
    }

    /// Judges a code without counting the attempt. The inner result is the judgement: `CodeMismatchException` of a wrong code,
    /// `ExpiredCodeException` if none was sent, or if it has expired, was used, or went to an address that the user has left.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn peek(
        &self,
        cx: &Cx,
        tx: &ReadTx<'_>,
        given: &Sensitive<String>,
    ) -> Result<Result<KeptCode>> {
        let Some(kept) = self.find(cx, tx)? else {
            return Ok(Err(ApiError::expired_code().because("no code counts")));
        };
        let right = one_time_code::is_hash_of(&kept.hash, given);
        let Some((_, record)) = self.holder.filter(|_| right) else {
            return Ok(Err(
                ApiError::code_mismatch().because("another code was sent")
            ));
        };
        let destination = &kept.destination;
        let value = record.attributes.get(destination.contact.attribute());
        if !kept.pending && value != Some(&destination.value) {
            let refusal = ApiError::expired_code();
            return Ok(Err(refusal.because(
                "the code was sent to an address or number that has changed",
            )));
        }
        Ok(Ok(kept))
    }

    /// Counts an attempt with a code, and judges the code as [`Self::peek`] does. The count is kept only if the transaction is
    /// committed, so a refusal is not an error of it. After too many attempts in the hour every code is refused with
    /// `LimitExceededException`.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn judge(
        &self,
        cx: &Cx,
        tx: &WriteTx<'_>,
        given: &Sensitive<String>,
    ) -> Result<Result<KeptCode>> {
        let attempts = tx.count_code_attempt(&self.subject, end_of_hour(cx.now))?;
        if attempts > self.allows.attempts_per_hour() {
            let refusal = ApiError::attempt_limit_exceeded();
            return Ok(Err(refusal.because("attempts with a code in an hour")));
        }
        self.peek(cx, tx, given)
    }

    /// Uses up a code that was judged right.
    ///
    /// # Errors
    /// `ExpiredCodeException` when it was used meanwhile.
    pub(super) fn use_up(&self, tx: &WriteTx<'_>, code: &KeptCode) -> Result<()> {
        tx.use_code(&self.subject, code)
    }
}
