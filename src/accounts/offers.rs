//! What a pool offers to people who come to its pages, and what it asks them for.

use crate::api::{AliasAttributeType, SchemaAttributeType, UserPoolType, UsernameAttributeType};
use crate::domain::contact::Contact;
use crate::domain::pool::SignInOptions;
use crate::domain::pool::schema_attributes::standard;
use crate::domain::user::attributes::Schema;
use crate::domain::user::password::PasswordRules;
use crate::error::Result;
use crate::sign_in::ClientContext;
use crate::store::ReadTx;

use super::outgoing::verifies;
use super::recovery::is_self_service;

/// What people can type to say who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Username,
    Email,
    PhoneNumber,
}

/// What the pages of a pool show.
pub(crate) struct Offers {
    /// What users sign in with, the usual one first.
    pub(crate) names: Vec<Name>,
    /// What users are created with: a username, or the attributes in its place.
    pub(crate) new_names: Vec<Name>,
    /// Whether people can sign up themselves.
    pub(crate) sign_up: bool,
    /// Whether users can set a new password by a code.
    pub(crate) recovery: bool,
    settings: UserPoolType,
}

impl Offers {
    /// What the client's pool offers: to users of its own only where the client is for them as well.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) fn of(client: &ClientContext, tx: &ReadTx<'_>) -> Result<Self> {
        let settings = tx.pool_settings(&client.pool)?;
        let admin = settings.admin_create_user_config.as_ref();
        let by_administrator =
            admin.and_then(|admin| admin.allow_admin_create_user_only) == Some(true);
        let is_local = client.app.signs_in_locally();
        let (names, new_names) = names(&client.configuration()?.sign_in_options);
        Ok(Self {
            names,
            new_names,
            sign_up: is_local && !by_administrator,
            recovery: is_local && is_self_service(&settings),
            settings,
        })
    }

    /// The attributes that people are asked for when they sign up, beside the name.
    pub(crate) fn attributes(&self) -> Vec<String> {
        asked_for(&self.settings, &self.new_names)
    }

    /// The rules for passwords.
    pub(crate) fn password(&self) -> PasswordRules {
        PasswordRules::of(self.settings.clone())
    }

    /// The name of the pool, which authenticator apps show.
    pub(crate) fn pool_name(&self) -> &str {
        self.settings.name.as_deref().unwrap_or_default()
    }
}

/// What users sign in with, and what they are created with.
fn names(options: &SignInOptions) -> (Vec<Name>, Vec<Name>) {
    match options {
        SignInOptions::Username { aliases } => {
            let also = [
                (AliasAttributeType::Email, Name::Email),
                (AliasAttributeType::PhoneNumber, Name::PhoneNumber),
            ];
            let also = also
                .into_iter()
                .filter(|(alias, _)| aliases.contains(alias));
            let all = [Name::Username]
                .into_iter()
                .chain(also.map(|(_, name)| name));
            (all.collect(), vec![Name::Username])
        }
        SignInOptions::Attributes(attributes) => {
            let all = [
                (UsernameAttributeType::Email, Name::Email),
                (UsernameAttributeType::PhoneNumber, Name::PhoneNumber),
            ];
            let all = all.into_iter().filter(|(one, _)| attributes.contains(one));
            let all: Vec<Name> = all.map(|(_, name)| name).collect();
            (all.clone(), all)
        }
    }
}

/// The attributes that the pool requires. If nobody could be sent a code by these, also those that the pool verifies.
fn asked_for(settings: &UserPoolType, names: &[Name]) -> Vec<String> {
    let given = settings.schema_attributes.clone().unwrap_or_default();
    let schema = Schema::of(settings);
    let required = standard().into_iter().chain(given);
    let required = required.filter(|attribute| attribute.required == Some(true));
    let required = required.filter_map(|SchemaAttributeType { name, .. }| name);
    let mut asked: Vec<String> = required
        .filter(|name| name != "sub" && schema.has(name) && !is_name(names, name))
        .collect();
    asked.sort_unstable();
    asked.dedup();
    let verified = Contact::ALL
        .into_iter()
        .filter(|contact| verifies(settings, *contact));
    let verified: Vec<&str> = verified.map(Contact::attribute).collect();
    let reached = |name: &&str| is_name(names, name) || asked.iter().any(|asked| asked == name);
    if !verified.iter().any(reached) {
        asked.extend(verified.into_iter().map(str::to_owned));
    }
    asked
}

/// Whether the attribute is the only name that users are created with.
fn is_name(names: &[Name], attribute: &str) -> bool {
    match names {
        [Name::Email] => attribute == "email",
        [Name::PhoneNumber] => attribute == "phone_number",
        _ => false,
    }
}
