//! Who a name means to a client.
//!
//! A client with `PreventUserExistenceErrors` gets the same answers for nobody's name as for a user's, as far as AWS documents it
//! (AWS's guide "Managing user existence error responses"): codes are said to be sent, and are then wrong.

use crate::api::UserPoolType;
use crate::auth::seal::SealKey;
use crate::domain::code::Allows;
use crate::domain::contact::{Contact, is_email, is_phone_number};
use crate::domain::message::{Destination, Purpose};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::quotas::Hourly;
use crate::sign_in::ClientContext;
use crate::sign_in::lockout::quota_name;
use crate::store::ReadTx;

use super::codes::Slot;
use super::outgoing::Outgoing;

/// A name as a client sent it, and the user that it means.
pub(super) struct Named {
    typed: Username,
    /// `None` for a name without a user, and for the name of a disabled user, where the client hides who exists.
    pub(super) holder: Option<(User, UserRecord)>,
}

impl Named {
    /// Finds out whom the name means, and takes one request from the user's quota.
    ///
    /// # Errors
    /// `UserNotFoundException` when there is no such user and the client does not hide that; `TooManyRequestsException`.
    pub(super) fn find(client: &ClientContext, tx: &ReadTx<'_>, typed: Username) -> Result<Self> {
        let named = Self::known(client, tx, typed)?;
        client.cx.take_for_user(&named.quota_name(client)?)?;
        Ok(named)
    }

    /// The same for a request that has been taken from the quota.
    ///
    /// # Errors
    /// `UserNotFoundException` when there is no such user and the client does not hide that.
    pub(super) fn known(client: &ClientContext, tx: &ReadTx<'_>, typed: Username) -> Result<Self> {
        let found = client.find_user(tx, &typed)?;
        let found = found.map(|user| tx.user_record(&user).map(|record| (user, record)));
        let found = found.transpose()?;
        let hides = client.app.hides_users();
        if found.is_none() && !hides {
            return Err(ApiError::no_such_user_of_client());
        }
        Ok(Self {
            holder: found.filter(|(_, record)| !hides || record.enabled),
            typed,
        })
    }

    /// The user; `None` as for `holder`.
    pub(super) fn user(&self) -> Option<&User> {
        self.holder.as_ref().map(|(user, _)| user)
    }

    /// The user who is sent the message; `None` of one that is pretended.
    pub(super) fn receiver(&self, message: &Outgoing) -> Option<&User> {
        self.user().filter(|_| !message.is_pretended())
    }

    fn quota_name(&self, client: &ClientContext) -> Result<String> {
        let sub = self.holder.as_ref().map(|(_, record)| record.sub.as_str());
        quota_name(client, sub.unwrap_or_default(), &self.typed)
    }

    /// Takes one of what is allowed to the user a few times in an hour.
    ///
    /// # Errors
    /// `LimitExceededException`.
    pub(super) fn take_hourly(&self, client: &ClientContext, what: Hourly) -> Result<()> {
        client.cx.take_hourly(what, &self.quota_name(client)?)
    }

    /// The place of the code that allows this.
    ///
    /// # Errors
    /// As [`Slot::of_nobody`].
    pub(super) fn slot(&self, client: &ClientContext, allows: Allows) -> Result<Slot<'_>> {
        match &self.holder {
            Some((user, record)) => Ok(Slot::of_user(&client.pool, user, record, allows)),
            None => Slot::of_nobody(client, &self.typed, allows),
        }
    }

    /// The message that is due. Where none is due, a client that hides who exists gets one that is pretended, of the kind that the
    /// pool prefers.
    ///
    /// # Errors
    /// Why no message is due, where the client may know it.
    pub(super) fn or_pretend(
        &self,
        client: &ClientContext,
        due: Result<Outgoing>,
        (purpose, preferred): (Purpose, Contact),
        settings: &UserPoolType,
    ) -> Result<Outgoing> {
        match due {
            Err(_) if client.app.hides_users() => {
                let destination = self.pretended(client, preferred)?;
                Ok(Outgoing::new(purpose, destination, settings).pretended())
            }
            due => due,
        }
    }

    /// The destination of a message to nobody: the name itself where it is an address or number, else one that follows from the
    /// name.
    fn pretended(&self, client: &ClientContext, preferred: Contact) -> Result<Destination> {
        let name = client.configuration()?.key_of(self.typed.as_str());
        let (contact, value) = if is_email(&name) {
            (Contact::Email, name)
        } else if is_phone_number(&name) {
            (Contact::PhoneNumber, name)
        } else {
            let value = match preferred {
                Contact::Email => pretended_email(&client.keys.seal, &name),
                Contact::PhoneNumber => pretended_number(&client.keys.seal, &name),
            };
            (preferred, value)
        };
        Ok(Destination { contact, value })
    }
}

/// The first letters of an address that nobody has.
fn pretended_email(seal: &SealKey, name: &str) -> String {
    let letters = seal.derive("pretended email", name.as_bytes());
    let mut letters = letters
        .iter()
        .map(|byte| char::from(b'a'.saturating_add(byte % 26)));
    let mut letter = || letters.next().unwrap_or('a');
    format!("{}@{}", letter(), letter())
}

/// A phone number of eleven digits that nobody has.
fn pretended_number(seal: &SealKey, name: &str) -> String {
    let digits = seal.derive("pretended phone number", name.as_bytes());
    let digits = digits
        .iter()
        .take(11)
        .map(|byte| char::from(b'0'.saturating_add(byte % 10)));
    std::iter::once('+').chain(digits).collect()
}
