//! Changes of a user's attributes, and the flags that say whether a value was verified.

use std::collections::BTreeMap;

use crate::error::{ApiError, Result};

/// The attributes with a flag that says whether the value was verified, and Cognito's message for a flag without a value.
const VERIFIED: [(&str, &str, &str); 2] = [
    (
        "email",
        "email_verified",
        "Email is required to verify/un-verify an email",
    ),
    (
        "phone_number",
        "phone_number_verified",
        "Phone Number is required to verify/un-verify a phone number",
    ),
];

/// The changes of an update: the new value of each attribute, or `None` for one that is removed.
pub(crate) struct Changes(pub(super) BTreeMap<String, Option<String>>);

impl Changes {
    /// The names of the attributes that change or are removed.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether the attribute gets another value than it has in `attributes`.
    pub(crate) fn gives_new(&self, name: &str, attributes: &BTreeMap<String, String>) -> bool {
        let given = self.0.get(name).and_then(Option::as_ref);
        given.is_some_and(|value| attributes.get(name) != Some(value))
    }

    /// Applies the changes. A new address or number is not verified unless the same update says so; a removed one takes its flag
    /// with it.
    ///
    /// # Errors
    /// `InvalidParameterException` if a flag would have no value.
    pub(crate) fn apply(self, attributes: &mut BTreeMap<String, String>) -> Result<()> {
        for (name, flag, _) in VERIFIED {
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
    let lonely = VERIFIED
        .iter()
        .find(|(name, flag, _)| attributes.contains_key(*flag) && !attributes.contains_key(*name));
    match lonely {
        Some((_, _, sentence)) => Err(ApiError::invalid_parameter(*sentence)),
        None => Ok(()),
    }
}
