//! A user of a pool: the record, and the names that the user is found by.

pub(crate) mod attributes;
pub(crate) mod decoy;
pub(crate) mod filter;
mod kept;
pub(crate) mod password;

use std::collections::BTreeMap;

pub(crate) use kept::kept_attribute_list;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::api::{
    AliasAttributeType, AttributeType, Sensitive, Timestamp, UserStatusType, UserType,
    UsernameAttributeType,
};
use crate::domain::device::DeviceOwner;
use crate::domain::pool::{Configuration, SignInOptions};
use crate::ids::{UserPoolId, Username};

/// The names of a stored user.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) row: i64,
    pub(crate) username: Username,
    /// The key of the user's devices.
    pub(crate) owner: DeviceOwner,
}

/// A stored user, without devices and passwords.
#[derive(Clone, PartialEq)]
pub(crate) struct UserRecord {
    /// The username as answers show it: in lower case if the pool ignores case.
    pub(crate) username: Username,
    /// The username with the letter case in which it was given.
    pub(crate) spelled: Username,
    pub(crate) sub: String,
    pub(crate) enabled: bool,
    pub(crate) status: UserStatusType,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// Every attribute but `sub`, by name.
    pub(crate) attributes: BTreeMap<String, String>,
}

impl UserRecord {
    /// The aliases that the user is found by: each attribute, with its value in the form for searching. An email address or
    /// phone number is an alias once it is verified; as a sign-in attribute it always counts (AWS's guide "Configuring user pool
    /// attributes"). Users of identity providers have no aliases: they are found by their identities, and may share an address with a
    /// user of the pool.
    pub(crate) fn aliases(&self, configuration: &Configuration) -> Vec<(&'static str, String)> {
        if self.status == UserStatusType::ExternalProvider {
            return Vec::new();
        }
        let verified = |flag| {
            self.attributes
                .get(flag)
                .is_some_and(|value| value == "true")
        };
        let named = |name| {
            self.attributes
                .get(name)
                .map(|value| (name, configuration.key_of(value)))
        };
        match &configuration.sign_in_options {
            SignInOptions::Username { aliases } => aliases
                .iter()
                .filter_map(|alias| match alias {
                    AliasAttributeType::Email if verified("email_verified") => named("email"),
                    AliasAttributeType::PhoneNumber if verified("phone_number_verified") => {
                        named("phone_number")
                    }
                    AliasAttributeType::PreferredUsername => named("preferred_username"),
                    AliasAttributeType::Email | AliasAttributeType::PhoneNumber => None,
                })
                .collect(),
            SignInOptions::Attributes(attributes) => attributes
                .iter()
                .filter_map(|attribute| match attribute {
                    UsernameAttributeType::Email => named("email"),
                    UsernameAttributeType::PhoneNumber => named("phone_number"),
                })
                .collect(),
        }
    }

    /// The aliases that the user can take over from another user: the flag that makes the attribute an alias, the attribute, and
    /// the value in the form for searching.
    pub(crate) fn movable_aliases(
        &self,
        configuration: &Configuration,
    ) -> Vec<(&'static str, &'static str, String)> {
        if let SignInOptions::Attributes(_) = configuration.sign_in_options {
            return Vec::new();
        }
        let aliases = self.aliases(configuration).into_iter();
        aliases
            .filter_map(|(attribute, value)| match attribute {
                "email" => Some(("email_verified", attribute, value)),
                "phone_number" => Some(("phone_number_verified", attribute, value)),
                _ => None,
            })
            .collect()
    }

    /// The user as lists and `AdminCreateUser` show it.
    pub(crate) fn into_user_type(self) -> UserType {
        UserType {
            username: Some(self.username),
            attributes: Some(attribute_list(self.sub, self.attributes)),
            enabled: Some(self.enabled),
            user_status: Some(self.status),
            user_create_date: Some(self.created),
            user_last_modified_date: Some(self.modified),
            ..UserType::default()
        }
    }
}

/// A user's attributes as answers show them: the sub, then the others by name.
pub(crate) fn attribute_list(
    sub: String,
    attributes: BTreeMap<String, String>,
) -> Vec<AttributeType> {
    std::iter::once(("sub".to_owned(), sub))
        .chain(attributes)
        .map(|(name, value)| AttributeType {
            name,
            value: Some(Sensitive::from(value)),
        })
        .collect()
}

/// The sub of a seed's user without a sub. It follows from pool and username, so that a seed gives the same registry everywhere.
/// Like Cognito's own subs it has the form of a UUID, but no UUID version.
pub(crate) fn derived_sub(pool: &UserPoolId, username: &Username) -> String {
    let hash = Sha256::new()
        .chain_update(pool.as_str())
        .chain_update("/")
        .chain_update(username.as_str())
        .finalize();
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(hash)
        .for_each(|(byte, hashed)| *byte = hashed);
    Uuid::from_bytes(bytes).to_string()
}
