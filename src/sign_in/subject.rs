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
    /// Foresees what [`Self::named`] reads.
    pub(super) fn foresee_named(tx: &ReadTx<'_>, client: &ClientContext, name: &Username) {
        let _ = client.find_user(tx, name);
        if client.app.hides_users() {
            let _ = tx.first_user(&client.pool);
            let _ = tx.has_spelled_usernames(&client.pool);
            // Once for the decoy of the name.
            Self::foresee_existing(tx, client);
        }
        Self::foresee_existing(tx, client);
    }

    /// Foresees what [`Self::of_sub`] reads.
    pub(super) fn foresee_of_sub(tx: &ReadTx<'_>, client: &ClientContext, sub: &str) {
        let _ = tx.find_user_by_sub(&client.pool, sub);
        if client.app.hides_users() {
            let _ = tx.first_user(&client.pool);
        }
        Self::foresee_existing(tx, client);
    }

    fn foresee_existing(tx: &ReadTx<'_>, client: &ClientContext) {
        if let Some(whom) = &client.whom {
            let _ = tx.user_record(&whom.user);
            let _ = tx.find_password(whom.user.row);
        }
    }

    /// The subs that [`Self::named`] probably finds, as many for every name.
    pub(super) fn probable_subs(client: &ClientContext, name: &Username) -> Vec<String> {
        let found = client.whom.iter().map(|whom| whom.sub.clone());
        let hides = client.app.hides_users().then(|| client.configuration());
        let decoys = hides.into_iter().flatten();
        let decoys =
            decoys.map(|configuration| decoy_sub(client, &configuration.key_of(name.as_str())));
        found.chain(decoys).collect()
    }

    /// The user of this name.
    ///
    /// # Errors
    /// `UserNotFoundException` when there is no such user and the client does not hide that; `PasswordResetRequiredException` of
    /// a user without a password who must set one, such as an imported user, under the same condition.
    pub(super) fn named(tx: &ReadTx<'_>, client: &ClientContext, name: &Username) -> Result<Self> {
        let found = client.find_user(tx, name)?;
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

    /// The user that was found, or the decoy of the name.
    fn hidden(
        tx: &ReadTx<'_>,
        client: &ClientContext,
        name: &Username,
        found: Option<User>,
    ) -> Result<Self> {
        let first = tx.first_user(&client.pool)?;
        let decoy = Self::decoy(tx, client, name, found.as_ref(), first.as_ref())?;
        Self::one_of(tx, client, found, decoy, first)
    }

    /// The user of this sub, or the decoy that was given it.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn of_sub(tx: &ReadTx<'_>, client: &ClientContext, sub: String) -> Result<Self> {
        let found = tx.find_user_by_sub(&client.pool, &sub)?;
        let found = found.map(|(user, _)| user);
        if let Some(user) = found.as_ref().filter(|_| !client.app.hides_users()) {
            return Self::existing(tx, client, sub, user);
        }
        let decoy = Self {
            verifier: decoy_verifier(client, &sub),
            user_id_for_srp: String::new(),
            hopeless: Some(NOBODY),
            sub,
        };
        let first = tx.first_user(&client.pool)?;
        Self::one_of(tx, client, found, decoy, first)
    }

    /// The user if one was found, otherwise the decoy. Where the client hides who exists, a user is read for either, and one of the
    /// two is thrown away: in place of a user who does not exist, the pool's first. A pool without users has nobody to hide.
    fn one_of(
        tx: &ReadTx<'_>,
        client: &ClientContext,
        found: Option<User>,
        decoy: Self,
        first: Option<User>,
    ) -> Result<Self> {
        let exists = found.is_some();
        let Some(user) = found.or(first.filter(|_| client.app.hides_users())) else {
            return Ok(decoy);
        };
        let sub = tx.user_record(&user)?.sub;
        let subject = Self::existing(tx, client, sub, &user)?;
        Ok(if exists { subject } else { decoy })
    }

    fn existing(tx: &ReadTx<'_>, client: &ClientContext, sub: String, user: &User) -> Result<Self> {
        let kept = tx.find_password(user.row)?;
        let hides = client.app.hides_users();
        if kept.is_none() && !hides {
            check_no_reset(&tx.user_record(user)?)?;
        }
        // Nobody has the password of a user without one. Where users are hidden, the work is done for all of them.
        let of_nobody = (hides || kept.is_none()).then(|| decoy_verifier(client, &sub));
        let name = kept
            .as_ref()
            .map_or(&user.username, |kept| kept.name(&user.username));
        Ok(Self {
            user_id_for_srp: name.as_str().to_owned(),
            hopeless: kept.is_none().then_some("the user has no password"),
            verifier: kept
                .map(|kept| kept.verifier)
                .or(of_nobody)
                .ok_or_else(|| ApiError::internal("a user has no verifier"))?,
            sub,
        })
    }

    /// The decoy of this name, in the form of the username of the pool's `first` user. `found` is the user whose name it is.
    fn decoy(
        tx: &ReadTx<'_>,
        client: &ClientContext,
        name: &Username,
        found: Option<&User>,
        first: Option<&User>,
    ) -> Result<Self> {
        let configuration = client.configuration()?;
        let key = configuration.key_of(name.as_str());
        let sub = decoy_sub(client, &key);
        let decoys = Decoys {
            configuration,
            example: first.map(|first| first.username.as_str()),
            chance: |text: &str| {
                let seal = &client.keys.seal;
                seal.derive("pretended username", text.as_bytes())
            },
        };
        let shown = decoys.username(&key);
        let spelled = decoys.spelled(&shown);
        let decoy = Self {
            verifier: decoy_verifier(client, &shown),
            user_id_for_srp: if tx.has_spelled_usernames(&client.pool)? {
                spelled
            } else {
                shown.clone()
            },
            hopeless: Some(NOBODY),
            sub: sub.clone(),
        };
        // The name may be a user's. Then the exchange is that of the user, as when the name itself is typed.
        let named = if shown == key {
            found.cloned()
        } else {
            client.find_user(tx, &Username::from(shown))?
        };
        let exchange = Self::one_of(tx, client, named, decoy, first.cloned())?;
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

/// The sub of the decoy of the name with this key, in the form of the subs that are drawn for users.
fn decoy_sub(client: &ClientContext, key: &str) -> String {
    let seed = client.keys.seal.derive("pretended sub", key.as_bytes());
    let (bytes, _) = seed.split_first_chunk().unwrap_or((&[0; 16], &[]));
    uuid::Builder::from_random_bytes(*bytes)
        .into_uuid()
        .to_string()
}

fn decoy_verifier(client: &ClientContext, whose: &str) -> Verifier {
    let seal = &client.keys.seal;
    Verifier::decoy(&seal.derive("pretended verifier", whose.as_bytes()))
}
