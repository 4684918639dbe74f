//! The password of a user: in plain text, or as the verifier that an export has.

use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::api::{Sensitive, Timestamp};
use crate::auth::srp::Verifier;
use crate::domain::user::password::PasswordPolicy;
use crate::error::Result;
use crate::ids::Username;
use crate::seed::members::{Members, take_text};
use crate::seed::refusal::Refusal;
use crate::store::{KeptPassword, WriteTx};

/// A password of a seed.
pub(in crate::seed) enum SeedPassword {
    /// In plain text, and whether it is temporary.
    Plain(Sensitive<String>, bool),
    /// As an export writes it; for a temporary one, when it was set.
    Verifier(Box<Verifier>, Option<Timestamp>),
}

impl SeedPassword {
    /// Takes the password out of the user's members; `None` if the user has none. One in plain text must conform to `policy`.
    pub(super) fn take(
        place: &dyn Display,
        members: &mut Members,
        policy: &PasswordPolicy,
    ) -> Result<Option<Self>, Refusal> {
        let password = take_text(place, members, "Password")?;
        let temporary = take_text(place, members, "TemporaryPassword")?;
        let verifier = take_text(place, members, "PasswordVerifier")?;
        let salt = take_text(place, members, "Salt")?;
        let set = members.remove("TemporaryPasswordSetDate");
        let set: Option<Timestamp> = serde_json::from_value(set.unwrap_or_default())
            .map_err(|error| Refusal::at(place, format!("TemporaryPasswordSetDate: {error}")))?;
        match (password, temporary, verifier.zip(salt)) {
            (None, None, None) => Ok(None),
            (Some(password), None, None) => Self::plain(place, password, false, policy).map(Some),
            (None, Some(password), None) => Self::plain(place, password, true, policy).map(Some),
            (None, None, Some((verifier, salt))) => {
                let verifier = stored(&verifier, &salt).ok_or_else(|| {
                    Refusal::at(
                        place,
                        "PasswordVerifier and Salt are not those of an export",
                    )
                })?;
                Ok(Some(Self::Verifier(Box::new(verifier), set)))
            }
            _ => Err(Refusal::at(
                place,
                "a user has either Password, TemporaryPassword, or PasswordVerifier and Salt",
            )),
        }
    }

    fn plain(
        place: &dyn Display,
        password: String,
        is_temporary: bool,
        policy: &PasswordPolicy,
    ) -> Result<Self, Refusal> {
        let checked = policy.check(&password);
        checked.map_err(|error| Refusal::of(place, error))?;
        Ok(Self::Plain(password.into(), is_temporary))
    }

    /// Whether the user has to choose another password at the first sign-in.
    pub(super) fn is_temporary(&self) -> bool {
        match self {
            Self::Plain(_, is_temporary) => *is_temporary,
            Self::Verifier(_, set) => set.is_some(),
        }
    }
}

fn stored(verifier: &str, salt: &str) -> Option<Verifier> {
    let bytes = |text: &str| STANDARD.decode(text).ok();
    Verifier::from_stored(&bytes(salt)?, &bytes(verifier)?).ok()
}

/// What the registry keeps of a verifier that belongs to the username as the seed spells it.
pub(in crate::seed) fn kept(
    verifier: Verifier,
    set: Option<Timestamp>,
    username: &Username,
    spelled: &Username,
    now: Timestamp,
) -> KeptPassword {
    KeptPassword {
        verifier,
        made_with: Some(spelled)
            .filter(|spelled| *spelled != username)
            .cloned(),
        temporary: set.is_some(),
        set: set.unwrap_or(now),
    }
}

/// Gives the user at `row` this password; returns whether the user had another, or none.
///
/// # Errors
/// When the store fails.
pub(in crate::seed) fn put(
    tx: &WriteTx<'_>,
    row: i64,
    password: &KeptPassword,
    is_new_user: bool,
) -> Result<bool> {
    if !is_new_user && tx.find_password(row)?.as_ref() == Some(password) {
        return Ok(false);
    }
    tx.put_password(row, password)?;
    Ok(true)
}

/// Adds the verifier to the members of an exported user: enough to apply it again, and not the password itself.
pub(super) fn export(password: &KeptPassword, members: &mut Members) {
    let verifier = STANDARD.encode(password.verifier.value().expose().as_slice());
    let salt = STANDARD.encode(password.verifier.salt());
    members.insert("PasswordVerifier".to_owned(), Value::String(verifier));
    members.insert("Salt".to_owned(), Value::String(salt));
    if password.temporary {
        let set = json!(password.set);
        members.insert("TemporaryPasswordSetDate".to_owned(), set);
    }
}
