//! The record of a user who is created or signs up.

use std::collections::BTreeMap;

use crate::api::UserStatusType;
use crate::context::Cx;
use crate::domain::pool::Configuration;
use crate::domain::user::UserRecord;
use crate::error::Result;
use crate::ids::Username;

/// A new user as a request describes it.
pub(crate) struct NewUser {
    /// The name in the request.
    pub(crate) name: Username,
    /// The attributes, which fit the pool's schema.
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) status: UserStatusType,
}

impl NewUser {
    /// The user's record, with a new sub.
    ///
    /// # Errors
    /// As [`names_of`].
    pub(crate) fn into_record(self, cx: &Cx, configuration: &Configuration) -> Result<UserRecord> {
        let Self {
            name,
            mut attributes,
            status,
        } = self;
        let sub = cx.ambient.uuid().to_string();
        let (username, spelled) = names_of(configuration, name, &sub, &mut attributes)?;
        Ok(UserRecord {
            username,
            spelled,
            sub,
            enabled: true,
            status,
            created: cx.now,
            modified: cx.now,
            attributes,
        })
    }
}

/// The username of a new user, and the spelling that was given. Where the pool ignores case, the username is in lower case. Where
/// users sign in with an attribute, the username is the sub, and the name in the request becomes the attribute's value.
///
/// # Errors
/// `InvalidParameterException` of a name that no user of the pool can have.
fn names_of(
    configuration: &Configuration,
    given: Username,
    sub: &str,
    attributes: &mut BTreeMap<String, String>,
) -> Result<(Username, Username)> {
    let name = configuration.key_of(given.as_str());
    match configuration.attribute_of_name(&name)? {
        None => Ok((Username::from(name), given)),
        Some(attribute) => {
            attributes.insert(attribute.to_owned(), name);
            let sub = Username::from(sub.to_owned());
            Ok((sub.clone(), sub))
        }
    }
}
