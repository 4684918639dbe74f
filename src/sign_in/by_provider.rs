//! The sign-in of a user who has proved at an identity provider to be the user. Nothing else is asked: neither a second factor nor a new
//! password (AWS's guide "Adding MFA to a user pool").

use crate::api::EventResponseType;
use crate::domain::auth_event::Progress;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::sign_in::attempt::Attempt;
use crate::sign_in::client::ClientContext;
use crate::sign_in::events;
use crate::sign_in::grant::Grant;
use crate::store::WriteTx;

/// Signs the user in. Returns the user with the grant.
///
/// # Errors
/// `NotAuthorizedException` of a disabled user; `TooManyRequestsException`; `InternalErrorException` when the store fails.
pub(crate) fn by_provider(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    user: User,
    record: UserRecord,
) -> Result<(User, Grant)> {
    client.cx.take_for_user(&record.sub)?;
    if !record.enabled {
        return Err(ApiError::user_disabled());
    }
    let groups = tx.groups_of_user(&user)?;
    let passed = Progress::of(EventResponseType::Pass);
    let event = events::advance(client, tx, &user, None, passed)?;
    let attempt = Attempt {
        client,
        tx,
        user,
        record,
    };
    Grant::write(attempt, tx, groups, (None, event))
}
