//! What the file of a challenge says of the answer to it. It never says what comes next: `dispatch` decides that.

use crate::api::ChallengeNameType;
use crate::domain::device::DeviceOwner;
use crate::domain::sign_in::{Proved, Session};
use crate::domain::user::User;
use crate::error::Result;
use crate::ids::DeviceKey;
use crate::sign_in::attempt::{Answered, Attempt};
use crate::sign_in::client::ClientContext;
use crate::sign_in::lockout::Tried;
use crate::sign_in::mfa::Asked;
use crate::sign_in::parameters::ChallengeParameters;
use crate::store::{ReadTx, WriteTx};

/// What is to happen after an answer.
pub(super) enum Verdict {
    /// The answer proves something.
    Proved(Proof),
    /// The answer chooses what the user is asked for next, and proves nothing.
    Ask(Answered, Asked),
    /// The answer begins an SRP exchange.
    Exchange(ExchangePut),
    /// The answer is wrong, and that counts.
    Refused(Failure),
}

/// Something that a user has just proved.
pub(super) struct Proof {
    pub(super) proved: Proved,
    pub(super) answered: Answered,
    /// What the proof changes in the registry, beside the sign-in.
    pub(super) effect: Option<Box<dyn Effect>>,
}

/// A change of the registry that goes with a proof. It is checked when the next step is decided, in the transaction that makes it.
pub(super) trait Effect: Send + Sync {
    /// Checks that the change can be made, and makes it in the attempt's record.
    ///
    /// # Errors
    /// Those of the challenge that was answered.
    fn apply(&self, attempt: &mut Attempt<'_>) -> Result<()>;

    /// Foresees what [`Self::apply`] reads of a user who is probably the attempt's.
    fn foresee(&self, client: &ClientContext, tx: &ReadTx<'_>, user: &User);

    /// Writes the change that [`Self::apply`] has made in the attempt's record.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails; whatever can be found out by writing alone.
    fn write(&self, attempt: &Attempt<'_>, tx: &WriteTx<'_>) -> Result<()>;
}

/// A challenge that continues an SRP exchange. The client carries its session in the parameters.
pub(super) struct ExchangePut {
    pub(super) challenge: ChallengeNameType,
    pub(super) parameters: ChallengeParameters,
    /// The sign-in that waited for the exchange to begin. Its session serves for that.
    pub(super) answers: Option<WaitingSignIn>,
}

/// A sign-in that waits for an exchange with the user's device to begin.
pub(super) struct WaitingSignIn {
    pub(super) session: Session,
    pub(super) owner: DeviceOwner,
    pub(super) device: DeviceKey,
}

/// A wrong answer, by how it is counted.
pub(super) enum Failure {
    /// A wrong password, with the reason for the log; `None` for a right one while every password is refused.
    Password(Tried, Option<&'static str>),
    /// A wrong code, which counts for its session and for the user.
    Code(Session),
    /// A wrong proof of the device, which counts for the event of the sign-in alone, with the reason for the log.
    Device(Session, &'static str),
}
