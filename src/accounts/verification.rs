//! Verifying addresses and numbers by codes (AWS's guide "Verifying updates to email addresses and phone numbers").

use crate::api::{CodeDeliveryDetailsType, Sensitive, UserPoolType};
use crate::context::Cx;
use crate::domain::code::Allows;
use crate::domain::contact::Contact;
use crate::domain::message::{Destination, Purpose};
use crate::domain::pool::Pool;
use crate::domain::user::attributes::Changes;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::store::WriteTx;

use super::codes::Slot;
use super::outgoing::{Outgoing, verifies};

/// The attribute that a request names to be verified.
///
/// # Errors
/// `InvalidParameterException` of one that takes no codes.
pub(crate) fn verifiable(name: &str) -> Result<Contact> {
    Contact::parse(name).ok_or_else(ApiError::not_verifiable)
}

/// Changes a user's attributes. A new address or number that the pool verifies gets a code; where the pool wants it verified
/// first, the user keeps the old value until the code comes back. A change that says itself that the value is verified needs no
/// code. Returns what the answer tells about the codes.
///
/// # Errors
/// `InvalidParameterException` of a flag without a value; `AliasExistsException`.
pub(crate) fn change_attributes(
    cx: &Cx,
    tx: &WriteTx<'_>,
    (pool, settings): (&Pool, &UserPoolType),
    (user, mut record): (&User, UserRecord),
    mut changes: Changes,
) -> Result<Vec<CodeDeliveryDetailsType>> {
    let mut due = Vec::new();
    for contact in Contact::ALL {
        if changes.says_verified(contact) || !verifies(settings, contact) {
            continue;
        }
        let Some(value) = changes.new_value(contact, &record.attributes) else {
            continue;
        };
        let destination = Destination {
            contact,
            value: value.to_owned(),
        };
        let message = Outgoing::new(Purpose::UpdateUserAttribute, destination, settings);
        if verifies_first(settings, contact) {
            changes.hold_back(contact);
            due.push((contact, message.pending()));
        } else {
            due.push((contact, message));
        }
    }
    changes.apply(&mut record.attributes)?;
    record.modified = cx.now;
    tx.put_user(pool, pool.configuration()?, &record)?;
    { due.into_iter() }
        .map(|(contact, message)| {
            let slot = Slot::of_user(pool, user, &record, Allows::Verify(contact));
            message.send(cx, tx, pool, &slot)
        })
        .collect()
}

/// Whether the pool wants a new value verified before it takes the place of the old one.
fn verifies_first(settings: &UserPoolType, contact: Contact) -> bool {
    let update = settings.user_attribute_update_settings.as_ref();
    let first = update.and_then(|update| {
        update
            .attributes_require_verification_before_update
            .as_deref()
    });
    let mut first = first.unwrap_or_default().iter().copied();
    first.any(|attribute| Contact::from(attribute) == contact)
}

/// Sends a code that verifies the user's address or number: the one that waits to be verified, or else the present one.
///
/// # Errors
/// `InvalidParameterException` when the user has none.
pub(crate) fn send_code(
    cx: &Cx,
    tx: &WriteTx<'_>,
    (pool, settings): (&Pool, &UserPoolType),
    (user, record): (&User, &UserRecord),
    contact: Contact,
) -> Result<CodeDeliveryDetailsType> {
    let slot = Slot::of_user(pool, user, record, Allows::Verify(contact));
    let purpose = Purpose::VerifyUserAttribute;
    let waiting = slot.find(cx, tx)?.filter(|code| code.pending);
    if let Some(waiting) = waiting {
        let message = Outgoing::new(purpose, waiting.destination, settings).pending();
        return message.send(cx, tx, pool, &slot);
    }
    let value = record.attributes.get(contact.attribute()).cloned();
    let value = value.ok_or_else(|| {
        ApiError::no_contact(match contact {
            Contact::Email => "email address",
            Contact::PhoneNumber => "phone number",
        })
    })?;
    let message = Outgoing::new(purpose, Destination { contact, value }, settings);
    message.send(cx, tx, pool, &slot)
}

/// Verifies the user's address or number by the code. One that waited to be verified becomes the user's. The inner result is a
/// refusal that is counted.
///
/// # Errors
/// `AliasExistsException` when another user signs in with the value by now, after which the code still serves.
pub(crate) fn verify(
    cx: &Cx,
    tx: &WriteTx<'_>,
    pool: &Pool,
    (user, record): (&User, &UserRecord),
    (contact, code): (Contact, &Sensitive<String>),
) -> Result<Result<()>> {
    let slot = Slot::of_user(pool, user, record, Allows::Verify(contact));
    let code = match slot.judge(cx, tx, code)? {
        Ok(code) => code,
        Err(refusal) => return Ok(Err(refusal)),
    };
    slot.use_up(tx, &code)?;
    let mut verified = record.clone();
    let attributes = &mut verified.attributes;
    attributes.insert(contact.attribute().to_owned(), code.destination.value);
    attributes.insert(contact.flag().to_owned(), "true".to_owned());
    verified.modified = cx.now;
    tx.put_user(pool, pool.configuration()?, &verified)?;
    Ok(Ok(()))
}
