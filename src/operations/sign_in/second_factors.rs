//! The second factor.

use std::collections::BTreeMap;

use crate::api::{ChallengeNameType, Sensitive};
use crate::domain::sign_in::Step;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::operations::context::Cx;
use crate::operations::sign_in::app::App;
use crate::operations::sign_in::parameters::Parameters;
use crate::operations::sign_in::progress::Answer;
use crate::store::{ReadTx, WriteTx};

/// Whether pool or user ask for a second factor.
pub(super) fn is_asked_for(
    _tx: &ReadTx<'_>,
    _app: &App,
    _user: &User,
    _record: &UserRecord,
) -> Result<bool> {
    Ok(false)
}

/// Asks for the second factor.
pub(super) fn ask(
    _cx: &Cx,
    _tx: &WriteTx<'_>,
    _app: &App,
    _user: &User,
    _record: &UserRecord,
) -> Result<(Step, BTreeMap<String, String>)> {
    Err(ApiError::invalid_session())
}

/// Takes the answer to a challenge about second factors.
pub(super) async fn answer(
    _cx: &Cx,
    _app: App,
    _challenge: ChallengeNameType,
    _responses: &Parameters,
    _session: Option<Sensitive<String>>,
) -> Result<Answer> {
    Err(ApiError::invalid_session())
}
