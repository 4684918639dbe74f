//! The invitation of a user that an administrator has created (AWS's guide "Creating user accounts as administrator").

use crate::api::{DeliveryMediumType, MessageActionType, Sensitive, UserPoolType};
use crate::context::Cx;
use crate::domain::contact::Contact;
use crate::domain::message::{Destination, Message, Wording};
use crate::domain::pool::Pool;
use crate::domain::user::password::temporary_end;
use crate::domain::user::{User, UserRecord};
use crate::error::Result;
use crate::store::WriteTx;

/// An invitation that an administrator's request asks for.
pub(crate) struct Invitation {
    mediums: Vec<DeliveryMediumType>,
    settings: UserPoolType,
    password: Sensitive<String>,
}

impl Invitation {
    /// The invitation by these media, an SMS message if none is named. Returns `None` where the request wants none.
    pub(crate) fn wanted(
        action: Option<MessageActionType>,
        mediums: Option<Vec<DeliveryMediumType>>,
        settings: UserPoolType,
        password: Sensitive<String>,
    ) -> Option<Self> {
        if action == Some(MessageActionType::Suppress) {
            return None;
        }
        let mediums = mediums.filter(|mediums| !mediums.is_empty());
        Some(Self {
            mediums: mediums.unwrap_or_else(|| vec![DeliveryMediumType::Sms]),
            settings,
            password,
        })
    }

    /// Puts a message by each medium into the outbox for which the user has an address or number.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) fn send(
        self,
        cx: &Cx,
        tx: &WriteTx<'_>,
        pool: &Pool,
        (user, record): (&User, &UserRecord),
    ) -> Result<()> {
        let expires = temporary_end(self.settings.clone(), cx.now);
        let contacts = Contact::ALL.into_iter();
        let wanted = contacts.filter(|contact| self.mediums.contains(&contact.medium()));
        for contact in wanted {
            let Some(value) = record.attributes.get(contact.attribute()).cloned() else {
                continue;
            };
            let wording = Wording::of_invitation(&self.settings, contact.medium());
            let message = Message::invitation(
                Destination { contact, value },
                &wording,
                (user.username.as_str(), self.password.clone()),
                (cx.now, expires),
            );
            tx.put_message(pool, user, &message)?;
        }
        Ok(())
    }
}
