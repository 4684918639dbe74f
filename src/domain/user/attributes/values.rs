//! The values of attributes: which ones the schema and the pool take, and in which form they are stored.

use crate::api::constraint::length;
use crate::api::{AliasAttributeType, AttributeDataType, SchemaAttributeType};
use crate::domain::contact::{is_email, is_phone_number};
use crate::error::{ApiError, Result};

/// The attributes that a pool without case sensitivity stores and shows in lower case, besides the username (AWS's guide "User
/// pool case sensitivity").
pub(crate) const CASE_INSENSITIVE: [&str; 2] = ["email", "preferred_username"];

/// How the pool treats the attributes that users sign in with.
pub(super) struct Names {
    pub(super) ignores_case: bool,
    pub(super) aliases: Vec<AliasAttributeType>,
}

impl Names {
    /// The value of the attribute as it is stored: flags in lower case, because AWS's own examples write `True` as well as
    /// `true`, and attributes that the pool ignores case in.
    pub(super) fn canonical(
        &self,
        attribute: &SchemaAttributeType,
        name: &str,
        value: String,
    ) -> String {
        if attribute.attribute_data_type == Some(AttributeDataType::Boolean) {
            value.to_ascii_lowercase()
        } else if self.ignores_case && CASE_INSENSITIVE.contains(&name) {
            value.to_lowercase()
        } else {
            value
        }
    }

    /// Refuses a preferred username that has the form of an email address or a phone number by which users sign in, since it
    /// could be mistaken for another user's.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(super) fn check<'a>(
        &self,
        attributes: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Result<()> {
        let by = |alias| self.aliases.contains(&alias);
        let mut attributes = attributes.into_iter();
        let preferred = attributes.find(|(name, _)| *name == "preferred_username");
        let preferred = preferred.filter(|_| by(AliasAttributeType::PreferredUsername));
        let refused = |sentence: &'static str| Err(ApiError::invalid_parameter(sentence));
        match preferred {
            Some((_, value)) if by(AliasAttributeType::Email) && is_email(value) => refused(
                "Preferred username cannot be of email format, since user pool is configured for email alias.",
            ),
            Some((_, value)) if by(AliasAttributeType::PhoneNumber) && is_phone_number(value) => {
                refused(
                    "Preferred username cannot be of phone number format, since user pool is configured for phone number alias.",
                )
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// The rule of the schema that the value breaks. Returns `None` if it breaks none.
pub(super) fn complaint(attribute: &SchemaAttributeType, value: &str) -> Option<String> {
    match attribute.attribute_data_type? {
        AttributeDataType::String => wrong_length(attribute, value),
        AttributeDataType::Number => wrong_number(attribute, value),
        AttributeDataType::Boolean if !is_flag(value) => {
            Some("Attribute value must be true or false.".to_owned())
        }
        // No form of a date is documented.
        AttributeDataType::Boolean | AttributeDataType::DateTime => None,
    }
}

fn wrong_length(attribute: &SchemaAttributeType, value: &str) -> Option<String> {
    let limits = attribute.string_attribute_constraints.as_ref()?;
    let length = length(value);
    let limit = |limit: &Option<String>| limit.as_deref()?.parse::<usize>().ok();
    if let Some(min) = limit(&limits.min_length).filter(|min| length < *min) {
        return Some(format!("String must be no shorter than {min} characters"));
    }
    let max = limit(&limits.max_length).filter(|max| length > *max)?;
    Some(format!("String must be no longer than {max} characters"))
}

fn wrong_number(attribute: &SchemaAttributeType, value: &str) -> Option<String> {
    let Some(number) = value
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
    else {
        return Some("Attribute value must be a number.".to_owned());
    };
    let limits = attribute.number_attribute_constraints.as_ref()?;
    let limit = |limit: &Option<String>| limit.as_deref()?.parse::<f64>().ok();
    if let Some(min) = limit(&limits.min_value).filter(|min| number < *min) {
        return Some(format!("Number must be no less than {min}"));
    }
    let max = limit(&limits.max_value).filter(|max| number > *max)?;
    Some(format!("Number must be no greater than {max}"))
}

fn is_flag(value: &str) -> bool {
    ["true", "false"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}

/// Checks the forms of email addresses and phone numbers.
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn check_formats<'a>(
    attributes: impl IntoIterator<Item = (&'a String, &'a String)>,
) -> Result<()> {
    for (name, value) in attributes {
        match name.as_str() {
            "email" if !is_email(value) => {
                return Err(ApiError::invalid_parameter("Invalid email address format."));
            }
            "phone_number" if !is_phone_number(value) => {
                return Err(ApiError::invalid_parameter("Invalid phone number format."));
            }
            _ => {}
        }
    }
    Ok(())
}
