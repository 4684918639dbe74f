//! The user that a line describes.

use std::collections::BTreeMap;

use serde_json::json;

use super::header::{Columns, MFA_ENABLED, USERNAME};
use crate::api::constraint::check;
use crate::api::{
    AttributeType, Sensitive, Timestamp, UserPoolMfaType, UserPoolType, UserStatusType,
    VerifiedAttributeType, schema,
};
use crate::domain::contact::Contact;
use crate::domain::mfa::{Factor, PoolMfa};
use crate::domain::pool::Configuration;
use crate::domain::user::UserRecord;
use crate::domain::user::attributes::Schema;
use crate::error::ApiError;
use crate::ids::Username;

/// What a pool asks of the users of a file.
pub(crate) struct Rules<'a> {
    configuration: &'a Configuration,
    schema: Schema,
    auto_verified: Vec<VerifiedAttributeType>,
    mfa: &'a PoolMfa,
}

/// A user to import.
pub(crate) struct ImportedUser {
    pub(crate) record: UserRecord,
    /// The username, or the address or number that the user signs in with instead: a user who has it exists already.
    pub(crate) name: Username,
    /// Whether the user gets codes by SMS as a second factor.
    pub(crate) by_sms: bool,
}

impl<'a> Rules<'a> {
    /// The rules of the pool with these settings.
    pub(crate) fn of(
        settings: &UserPoolType,
        configuration: &'a Configuration,
        mfa: &'a PoolMfa,
    ) -> Self {
        Self {
            configuration,
            schema: Schema::of(settings),
            auto_verified: settings
                .auto_verified_attributes
                .clone()
                .unwrap_or_default(),
            mfa,
        }
    }

    /// The user with these values, imported at the time `now`.
    ///
    /// # Errors
    /// Why the line fails, in words that repeat no value of it.
    pub(crate) fn user(
        &self,
        columns: &Columns,
        values: Vec<String>,
        sub: String,
        now: Timestamp,
    ) -> Result<ImportedUser, String> {
        if values.len() != columns.0.len() {
            return Err("The number of values is not that of the CSV header.".to_owned());
        }
        let given = columns.0.iter().map(String::as_str).zip(values);
        let mut values: BTreeMap<&str, String> =
            given.filter(|(_, value)| !value.is_empty()).collect();
        let username = username(values.remove(USERNAME))?;
        let has_mfa = self.mfa_enabled(values.remove(MFA_ENABLED).as_deref())?;
        let key = self.configuration.key_of(&username);
        let attribute = self.configuration.attribute_of_name(&key);
        let (name, spelled) = match attribute.map_err(words)? {
            None => (key.clone(), username),
            Some(attribute) => {
                values.insert(attribute, key.clone());
                (sub.clone(), sub.clone())
            }
        };
        let attributes = self.attributes(values)?;
        self.check_required(&attributes)?;
        Ok(ImportedUser {
            name: Username::from(key),
            by_sms: has_mfa
                && self.mfa.mode == UserPoolMfaType::Optional
                && self.mfa.has(Factor::Sms)
                && attributes.contains_key("phone_number"),
            record: UserRecord {
                username: Username::from(name),
                spelled: Username::from(spelled),
                sub,
                enabled: true,
                status: UserStatusType::ResetRequired,
                created: now,
                modified: now,
                attributes,
            },
        })
    }

    /// Whether the user has MFA, which the pool must allow.
    fn mfa_enabled(&self, value: Option<&str>) -> Result<bool, String> {
        let value = value.and_then(flag);
        match (self.mfa.mode, value) {
            (_, None) => Err("cognito:mfa_enabled must be true or false.".to_owned()),
            (UserPoolMfaType::On, Some(false)) => Err(
                "cognito:mfa_enabled must be true, since the user pool requires MFA.".to_owned(),
            ),
            (UserPoolMfaType::Off, Some(true)) => {
                Err("cognito:mfa_enabled must be false, since the user pool has no MFA.".to_owned())
            }
            (
                UserPoolMfaType::On | UserPoolMfaType::Off | UserPoolMfaType::Optional,
                Some(flag),
            ) => Ok(flag),
        }
    }

    /// The attributes with these values, none of which is empty.
    fn attributes(
        &self,
        mut values: BTreeMap<&str, String>,
    ) -> Result<BTreeMap<String, String>, String> {
        for contact in Contact::ALL {
            // A file has a value for each flag, also where there is no address or number.
            let says = values.get(contact.flag()).and_then(|value| flag(value));
            if says == Some(false) && !values.contains_key(contact.attribute()) {
                values.remove(contact.flag());
            }
        }
        if values
            .get("birthdate")
            .is_some_and(|value| !is_birthdate(value))
        {
            return Err("birthdate must be of the form mm/dd/yyyy.".to_owned());
        }
        let digits = |value: &String| value.bytes().all(|byte| byte.is_ascii_digit());
        if !values.get("updated_at").is_none_or(digits) {
            return Err("updated_at must be a time in seconds.".to_owned());
        }
        let given = values.into_iter().map(|(name, value)| AttributeType {
            name: name.to_owned(),
            value: Some(Sensitive::from(value)),
        });
        self.schema.of_new_user(given.collect()).map_err(words)
    }

    /// Checks that the user has the attributes that the pool requires, and an address or number that is verified.
    fn check_required(&self, attributes: &BTreeMap<String, String>) -> Result<(), String> {
        if let Some(missing) = self.schema.missing(attributes).next() {
            return Err(format!("The required attribute {missing} has no value."));
        }
        let is_verified = |verified: &VerifiedAttributeType| {
            let flag = attributes.get(Contact::from(*verified).flag());
            flag.is_some_and(|value| value == "true")
        };
        if self.auto_verified.iter().any(is_verified) {
            Ok(())
        } else {
            Err("The User Record does not set any of the auto verified attributes to verified. (Example: email_verified to true)."
                .to_owned())
        }
    }
}

/// The username as the file gives it.
fn username(value: Option<String>) -> Result<String, String> {
    let name = value.ok_or("cognito:username has no value.")?;
    if name.contains([' ', '\t']) {
        return Err("cognito:username must not have spaces or tabs.".to_owned());
    }
    check(&schema::USER_TYPE, &mut json!({"Username": name})).map_err(|error| error.to_string())?;
    Ok(name)
}

/// The flag that the value writes, in any letter case.
fn flag(value: &str) -> Option<bool> {
    [("true", true), ("false", false)]
        .into_iter()
        .find_map(|(word, flag)| value.eq_ignore_ascii_case(word).then_some(flag))
}

/// Whether the value is a day in the form `mm/dd/yyyy`.
fn is_birthdate(value: &str) -> bool {
    let has_form = value.bytes().enumerate().all(|(at, byte)| match at {
        2 | 5 => byte == b'/',
        _ => byte.is_ascii_digit(),
    });
    has_form && value.len() == 10 && chrono::NaiveDate::parse_from_str(value, "%m/%d/%Y").is_ok()
}

/// The message of a refusal, as the reason why a line failed.
pub(crate) fn words(refusal: ApiError) -> String {
    let message = refusal.message.unwrap_or_default();
    message.trim_end().replace('\n', " ")
}
