//! Changes of a user's attributes, and the flags that say whether a value was verified.

use std::collections::BTreeMap;

use crate::domain::contact::Contact;
use crate::error::{ApiError, Result};

/// Cognito's message for a flag without a value.
fn needs_value(contact: Contact) -> &'static str {
    match contact {
        Contact::Email => "Email is required to verify/un-verify an email",
        Contact::PhoneNumber => "Phone Number is required to verify/un-verify a phone number",
    }
}

/// The changes of an update: the new value of each attribute, or `None` for one that is removed.
pub(crate) struct Changes(pub(super) BTreeMap<String, Option<String>>);

impl Changes {
    /// The names of the attributes that change or are removed.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The value that an address or number gets in place of the one in `attributes`. Returns `None` if it stays or goes.
    pub(crate) fn new_value(
        &self,
        contact: Contact,
        attributes: &BTreeMap<String, String>,
    ) -> Option<&str> {
        let given = self.0.get(contact.attribute())?.as_ref()?;
        (attributes.get(contact.attribute()) != Some(given)).then_some(given)
    }

    /// Whether the changes say that the address or number is verified.
    pub(crate) fn says_verified(&self, contact: Contact) -> bool {
        let flag = self.0.get(contact.flag()).and_then(Option::as_deref);
        flag == Some("true")
    }

    /// Leaves an address or number as it is, with its flag.
    pub(crate) fn hold_back(&mut self, contact: Contact) {
        self.0.remove(contact.attribute());
        self.0.remove(contact.flag());
    }

    /// Applies the changes. A new address or number is not verified unless the same update says so; a removed one takes its flag
    /// with it.
    ///
    /// # Errors
    /// `InvalidParameterException` if a flag would have no value.
    pub(crate) fn apply(self, attributes: &mut BTreeMap<String, String>) -> Result<()> {
        for contact in Contact::ALL {
            let (name, flag) = (contact.attribute(), contact.flag());
            let asked = self.0.get(name);
            let is_new = asked.is_some_and(|value| value.as_ref() != attributes.get(name));
            if is_new && !self.0.contains_key(flag) {
                attributes.remove(flag);
                if let Some(Some(_)) = asked {
                    attributes.insert(flag.to_owned(), "false".to_owned());
                }
            }
        }
        for (name, value) in self.0 {
            match value {
                Some(value) => attributes.insert(name, value),
                None => attributes.remove(&name),
            };
        }
        check_flags(attributes)
    }
}

/// Refuses a flag whose attribute has no value.
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn check_flags(attributes: &BTreeMap<String, String>) -> Result<()> {
    let lonely = Contact::ALL.into_iter().find(|contact| {
        attributes.contains_key(contact.flag()) && !attributes.contains_key(contact.attribute())
    });
    match lonely {
        Some(contact) => Err(ApiError::invalid_parameter(needs_value(contact))),
        None => Ok(()),
    }
}
