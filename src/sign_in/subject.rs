//! The user whose password is tried, who may not exist. Where the client hides who exists, somebody who does not exist gets a
//! name, a salt, a verifier and failed attempts like a user, the same each time and for the same work.

use crate::api::UserStatusType;
use crate::auth::srp::Verifier;
use crate::domain::user::decoy::Decoys;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::sign_in::attempt::check_may_sign_in;
use crate::sign_in::client::ClientContext;
use crate::store::ReadTx;

/// Why the password of somebody who does not exist is refused.
const NOBODY: &str = "there is no such user";

/// A user, or a decoy of one.
pub(super) struct Subject {
    pub(super) sub: String,
    /// Why no password can be right, for the log; `None` for a user with a password.
    pub(super) hopeless: Option<&'static str>,
    /// The name in the SRP exchange.
    pub(super) user_id_for_srp: String,
    pub(super) verifier: Verifier,
}

impl Subject {
    /// The user of this name.
    ///
    /// # Errors
    /// `UserNotFoundException` when there is no such user and the client does not hide that; `PasswordResetRequiredException` of
    /// a user without a password who must set one, such as an imported user, under the same condition.
    pub(super) fn named(tx: &ReadTx<'_>, client: &ClientContext, name: &Username) -> Result<Self> {
        let found = tx.find_user(&client.pool, client.configuration()?, name)?;
        if client.app.hides_users() {
            return Self::hidden(tx, client, name, found);
        }
        let user = found.ok_or_else(ApiError::no_such_user)?;
        let record = tx.user_record(&user)?;
        let subject = Self::existing(tx, client, record.sub, &user)?;
        let must_reset = record.status == UserStatusType::ResetRequired;
        if must_reset && subject.hopeless.is_some() {
            return Err(ApiError::password_reset_required());
        }
        Ok(subject)
    }

    /// The user that was found, or a decoy, for the same work: that of a user and that of a decoy are both done, and one is thrown
    /// away. In place of a user who does not exist it is the pool's first; a pool without users has nobody to hide.
    fn hidden(
        tx: &ReadTx<'_>,
        client: &ClientContext,
        name: &Username,
        found: Option<User>,
    ) -> Result<Self> {
        let first = tx.first_username(&client.pool)?;
        let decoy = Self::decoy(tx, client, name, first.as_ref())?;
        let Some(first) = first else {
            return Ok(decoy);
        };
        let first = tx.user(&client.pool, client.configuration()?, &first)?;
        let exists = found.is_some();
        let user = found.unwrap_or(first);
        let sub = tx.user_record(&user)?.sub;
        let subject = Self::existing(tx, client, sub, &user)?;
        Ok(if exists { subject } else { decoy })
    }

    /// The user of this sub, or the decoy that was given it.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn of_sub(tx: &ReadTx<'_>, client: &ClientContext, sub: String) -> Result<Self> {
        match tx.find_user_by_sub(&client.pool, &sub)? {
            Some((user, _)) => Self::existing(tx, client, sub, &user),
            None => Ok(Self {
                verifier: decoy_verifier(client, &sub),
                user_id_for_srp: String::new(),
                hopeless: Some(NOBODY),
                sub,
            }),
        }
    }

    fn existing(tx: &ReadTx<'_>, client: &ClientContext, sub: String, user: &User) -> Result<Self> {
        let kept = tx.find_password(user.row)?;
        if kept.is_none() && !client.app.hides_users() {
            check_no_reset(&tx.user_record(user)?)?;
        }
        let name = kept
            .as_ref()
            .map_or(&user.username, |kept| kept.name(&user.username));
        Ok(Self {
            user_id_for_srp: name.as_str().to_owned(),
            hopeless: kept.is_none().then_some("the user has no password"),
            // Nobody has the password of a user without one.
            verifier: kept.map_or_else(|| decoy_verifier(client, &sub), |kept| kept.verifier),
            sub,
        })
    }

    /// The decoy of this name, in the form of the `example`, a username of the pool.
    fn decoy(
        tx: &ReadTx<'_>,
        client: &ClientContext,
        name: &Username,
        example: Option<&Username>,
    ) -> Result<Self> {
        let configuration = client.configuration()?;
        let key = configuration.key_of(name.as_str());
        let seed = client.keys.seal.derive("pretended sub", key.as_bytes());
        let (bytes, _) = seed.split_first_chunk().unwrap_or((&[0; 16], &[]));
        // In the form of the subs that are drawn for users.
        let sub = uuid::Builder::from_random_bytes(*bytes)
            .into_uuid()
            .to_string();
        let decoys = Decoys {
            configuration,
            example: example.map(Username::as_str),
            chance: |text: &str| {
                let seal = &client.keys.seal;
                seal.derive("pretended username", text.as_bytes())
            },
        };
        let username = decoys.username(&key);
        let shown = Username::from(username.clone());
        // The name may be a user's. Then the exchange is that of the user, as when the name itself is typed.
        let exchange = match tx.find_user(&client.pool, configuration, &shown)? {
            Some(user) => Self::existing(tx, client, tx.user_record(&user)?.sub, &user)?,
            None => Self {
                verifier: decoy_verifier(client, &username),
                user_id_for_srp: if tx.has_spelled_usernames(&client.pool)? {
                    decoys.spelled(&username)
                } else {
                    username
                },
                hopeless: Some(NOBODY),
                sub: sub.clone(),
            },
        };
        Ok(Self {
            sub,
            hopeless: Some(NOBODY),
            ..exchange
        })
    }
}

/// Refuses a user who has no password and must set one anew, such as an imported one: no password could tell the user so.
///
/// # Errors
/// `PasswordResetRequiredException`; `NotAuthorizedException` of such a user who is disabled.
fn check_no_reset(record: &UserRecord) -> Result<()> {
    if record.status == UserStatusType::ResetRequired {
        check_may_sign_in(record)
    } else {
        Ok(())
    }
}

fn decoy_verifier(client: &ClientContext, whose: &str) -> Verifier {
    let seal = &client.keys.seal;
    Verifier::decoy(&seal.derive("pretended verifier", whose.as_bytes()))
}
