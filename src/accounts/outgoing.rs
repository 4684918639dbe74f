//! A code on its way to a user.

use crate::api::{
    CodeDeliveryDetailsType, DefaultEmailOptionType, Sensitive, Timestamp, UserPoolType,
};
use crate::auth::one_time_code;
use crate::context::Cx;
use crate::domain::code::KeptCode;
use crate::domain::contact::Contact;
use crate::domain::message::{Destination, Message, Purpose, Wording};
use crate::domain::pool::Pool;
use crate::domain::user::UserRecord;
use crate::error::Result;
use crate::sign_in::ClientContext;
use crate::store::WriteTx;

use super::codes::Slot;

/// A code that is to be sent.
pub(super) struct Outgoing {
    purpose: Purpose,
    destination: Destination,
    /// Whether the destination becomes the user's with the right code.
    pending: bool,
    wording: Wording,
    link: Option<Link>,
    /// Whether nobody is sent it, and no code is right.
    pretended: bool,
}

/// A link that does what the code does.
struct Link {
    wording: Wording,
    /// The URL as far as the code.
    before_code: String,
}

impl Outgoing {
    /// A code that verifies an address or number, or allows a new password.
    pub(super) fn new(purpose: Purpose, destination: Destination, settings: &UserPoolType) -> Self {
        Self {
            wording: Wording::of_verification(settings, destination.contact.medium()),
            purpose,
            destination,
            pending: false,
            link: None,
            pretended: false,
        }
    }

    /// The same for nobody: a client that hides who exists is told that it was sent.
    #[must_use]
    pub(super) fn pretended(self) -> Self {
        Self {
            pretended: true,
            ..self
        }
    }

    /// Whether nobody is sent it.
    pub(super) fn is_pretended(&self) -> bool {
        self.pretended
    }

    /// The same for a destination that becomes the user's with the right code.
    #[must_use]
    pub(super) fn pending(self) -> Self {
        Self {
            pending: true,
            ..self
        }
    }

    /// What confirms a user who has signed up: a code, or a link in an email where the pool says so. It goes to the phone number
    /// if the pool verifies phone numbers and the user has one, else to the email address (AWS's guide "Signing up and confirming
    /// user accounts"). Returns `None` if the pool verifies nothing that the user has.
    pub(super) fn confirmation(
        client: &ClientContext,
        settings: &UserPoolType,
        user: &UserRecord,
        purpose: Purpose,
    ) -> Option<Self> {
        let destination = [Contact::PhoneNumber, Contact::Email]
            .into_iter()
            .filter(|contact| verifies(settings, *contact))
            .find_map(|contact| {
                let value = user.attributes.get(contact.attribute())?.clone();
                Some(Destination { contact, value })
            })?;
        let template = settings.verification_message_template.as_ref();
        let option = template.and_then(|template| template.default_email_option);
        let by_link = option == Some(DefaultEmailOptionType::ConfirmWithLink)
            && destination.contact == Contact::Email;
        Some(Self {
            link: by_link.then(|| Link::of(client, settings, user)),
            ..Self::new(purpose, destination, settings)
        })
    }

    /// Draws the code, keeps it, and puts the message into the outbox. Of one that is pretended, the same work leaves a code that no
    /// address proves, and no message. Returns what the answer tells about it.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn send(
        self,
        cx: &Cx,
        tx: &WriteTx<'_>,
        pool: &Pool,
        slot: &Slot<'_>,
    ) -> Result<CodeDeliveryDetailsType> {
        let details = self.destination.details();
        let (code, expires) = (one_time_code::draw(&cx.ambient), slot.end(cx));
        let mut destination = self.destination.clone();
        if self.pretended {
            // No user has it, so not even the code that was drawn is right.
            destination.value.clear();
        }
        slot.put(
            tx,
            &KeptCode {
                hash: one_time_code::hash(&code, &cx.ambient),
                destination,
                pending: self.pending,
                expires,
            },
        )?;
        let receiver = slot.holder.filter(|_| !self.pretended);
        let message = self.message(code, (cx.now, expires));
        match receiver {
            Some((user, _)) => tx.put_message(pool, user, &message)?,
            None => tx.pretend_message(pool, &message)?,
        }
        Ok(details)
    }

    fn message(self, code: Sensitive<String>, dates: (Timestamp, Timestamp)) -> Message {
        let link = self.link;
        let link = link.map(|link| (link.wording, link.before_code + code.expose()));
        let message =
            Message::with_code(self.purpose, self.destination, &self.wording, code, dates);
        match link {
            Some((wording, url)) => message.with_link(&wording, url),
            None => message,
        }
    }
}

impl Link {
    /// The link that confirms the user, on this server (AWS's guide "Customizing email verification messages").
    fn of(client: &ClientContext, settings: &UserPoolType, user: &UserRecord) -> Self {
        let server = client.cx.issuer.server(&client.cx.host);
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", client.app.id.as_str())
            .append_pair("user_name", user.username.as_str())
            .append_pair("confirmation_code", "")
            .finish();
        Self {
            wording: Wording::of_verification_link(settings),
            before_code: format!("{server}/confirmUser?{query}"),
        }
    }
}

/// Whether the pool verifies the attribute by itself.
pub(super) fn verifies(settings: &UserPoolType, contact: Contact) -> bool {
    let verified = settings.auto_verified_attributes.iter().flatten();
    verified.copied().map(Contact::from).any(|of| of == contact)
}
