//! The attributes of a pool's schema: the standard ones, and the custom ones that a pool adds.

use std::collections::HashSet;
use std::str::FromStr;

use crate::api::{
    AttributeDataType, NumberAttributeConstraintsType, SchemaAttributeType,
    StringAttributeConstraintsType,
};

/// The standard attributes (OpenID Connect Core 1.0, section 5.1), in the order and with the limits in which Cognito shows
/// them (AWS API reference, `CreateUserPool`, sample response).
const STANDARD: [(&str, Limits); 20] = [
    ("sub", Limits::Length("1", "2048")),
    ("name", ANY_TEXT),
    ("given_name", ANY_TEXT),
    ("family_name", ANY_TEXT),
    ("middle_name", ANY_TEXT),
    ("nickname", ANY_TEXT),
    ("preferred_username", ANY_TEXT),
    ("profile", ANY_TEXT),
    ("picture", ANY_TEXT),
    ("website", ANY_TEXT),
    ("email", ANY_TEXT),
    ("email_verified", Limits::Flag),
    ("gender", ANY_TEXT),
    ("birthdate", Limits::Length("10", "10")),
    ("zoneinfo", ANY_TEXT),
    ("locale", ANY_TEXT),
    ("phone_number", ANY_TEXT),
    ("phone_number_verified", Limits::Flag),
    ("address", ANY_TEXT),
    ("updated_at", Limits::NotNegative),
];

const ANY_TEXT: Limits = Limits::Length("0", "2048");

/// The prefix of developer-only attributes.
const DEVELOPERS: &str = "dev:";

/// The longest value of an attribute (AWS's guide "Quotas in Amazon Cognito").
const MAX_LENGTH: u64 = 2048;

/// The constraints of a standard attribute.
#[derive(Clone, Copy)]
enum Limits {
    /// Text of at least and at most this many characters.
    Length(&'static str, &'static str),
    Flag,
    NotNegative,
}

/// Whether this is the name of a standard attribute.
pub(crate) fn is_standard(name: &str) -> bool {
    STANDARD.iter().any(|(standard, _)| *standard == name)
}

/// Whether this is the name of a developer-only attribute.
pub(crate) fn is_for_developers(name: &str) -> bool {
    name.starts_with(DEVELOPERS)
}

/// The name of a custom attribute without the prefix that Cognito adds.
pub(crate) fn given_name(shown: &str) -> &str {
    let name = shown.strip_prefix(DEVELOPERS).unwrap_or(shown);
    name.strip_prefix("custom:").unwrap_or(name)
}

/// The schema of a pool without changes and custom attributes.
pub(crate) fn standard() -> Vec<SchemaAttributeType> {
    STANDARD
        .iter()
        .map(|(name, limits)| standard_attribute(name, *limits))
        .collect()
}

fn standard_attribute(name: &str, limits: Limits) -> SchemaAttributeType {
    let is_sub = name == "sub";
    let (data_type, string, number) = match limits {
        Limits::Length(min, max) => {
            let constraints = StringAttributeConstraintsType {
                min_length: Some(min.to_owned()),
                max_length: Some(max.to_owned()),
            };
            (AttributeDataType::String, Some(constraints), None)
        }
        Limits::Flag => (AttributeDataType::Boolean, None, None),
        Limits::NotNegative => {
            let constraints = NumberAttributeConstraintsType {
                min_value: Some("0".to_owned()),
                max_value: None,
            };
            (AttributeDataType::Number, None, Some(constraints))
        }
    };
    SchemaAttributeType {
        name: Some(name.to_owned()),
        attribute_data_type: Some(data_type),
        developer_only_attribute: Some(false),
        mutable: Some(!is_sub),
        required: Some(is_sub),
        string_attribute_constraints: string,
        number_attribute_constraints: number,
    }
}

/// The schema of a new pool: the standard attributes as `given` changes them, then the custom ones that it adds.
///
/// # Errors
/// The reason why the schema cannot have one of the attributes.
pub(crate) fn of_new_pool(
    given: Vec<SchemaAttributeType>,
) -> Result<Vec<SchemaAttributeType>, String> {
    let mut schema = standard();
    for attribute in given {
        let known = schema
            .iter_mut()
            .take(STANDARD.len())
            .find(|known| known.name == attribute.name);
        if let Some(known) = known {
            change(known, attribute)?;
            continue;
        }
        let attribute = custom(attribute)?;
        if schema.iter().any(|known| known.name == attribute.name) {
            return Err(format!(
                "Duplicate custom attribute names {} are not allowed in a user pool schema.",
                name(&attribute)
            ));
        }
        schema.push(attribute);
    }
    Ok(schema)
}

/// Changes a standard attribute by the members that `given` has.
fn change(known: &mut SchemaAttributeType, given: SchemaAttributeType) -> Result<(), String> {
    let other_type = given.attribute_data_type.is_some()
        && given.attribute_data_type != known.attribute_data_type;
    if other_type || given.developer_only_attribute == Some(true) {
        return Err(format!(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute {}",
            name(known)
        ));
    }
    known.required = given.required.or(known.required);
    known.mutable = given.mutable.or(known.mutable);
    if known.string_attribute_constraints.is_some() {
        known.string_attribute_constraints = given
            .string_attribute_constraints
            .or(known.string_attribute_constraints.take());
    }
    if known.number_attribute_constraints.is_some() {
        known.number_attribute_constraints = given
            .number_attribute_constraints
            .or(known.number_attribute_constraints.take());
    }
    Ok(())
}

/// A custom attribute under the name that Cognito gives it: with the prefix `custom:`, and `dev:` before that if it is
/// developer-only (AWS API reference, `CreateUserPool`, sample response).
///
/// # Errors
/// The reason why the schema cannot have the attribute.
pub(crate) fn custom(given: SchemaAttributeType) -> Result<SchemaAttributeType, String> {
    let Some(data_type) = given.attribute_data_type else {
        return Err(
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."
                .to_owned(),
        );
    };
    if given.required == Some(true) {
        return Err("Required custom attributes are not supported currently.".to_owned());
    }
    let developer_only = given.developer_only_attribute.unwrap_or(false);
    let prefix = if developer_only {
        "dev:custom:"
    } else {
        "custom:"
    };
    let is_string = data_type == AttributeDataType::String;
    let is_number = data_type == AttributeDataType::Number;
    Ok(SchemaAttributeType {
        name: Some(format!("{prefix}{}", name(&given))),
        attribute_data_type: Some(data_type),
        developer_only_attribute: Some(developer_only),
        mutable: Some(given.mutable.unwrap_or(true)),
        required: Some(false),
        string_attribute_constraints: is_string
            .then(|| given.string_attribute_constraints.unwrap_or_default()),
        number_attribute_constraints: is_number
            .then(|| given.number_attribute_constraints.unwrap_or_default()),
    })
}

/// Checks that every attribute of a schema comes once, and that its limits allow a value.
///
/// # Errors
/// The attribute and what is wrong with it.
pub(crate) fn check(schema: &[SchemaAttributeType]) -> Result<(), String> {
    let mut seen = HashSet::new();
    for attribute in schema {
        let name = name(attribute);
        if !seen.insert(name) {
            return Err(format!(
                "{name}: Existing attribute already has name {name}."
            ));
        }
        if let Some(limits) = &attribute.string_attribute_constraints {
            check_lengths(name, limits)?;
        }
        if let Some(limits) = &attribute.number_attribute_constraints {
            check_values(name, limits)?;
        }
    }
    Ok(())
}

fn check_lengths(name: &str, limits: &StringAttributeConstraintsType) -> Result<(), String> {
    let read = |limit: Option<&String>| {
        number::<u64>(limit)
            .map_err(|()| format!("Invalid StringAttributeConstraints for schema attribute {name}"))
    };
    let (min, max) = (
        read(limits.min_length.as_ref())?,
        read(limits.max_length.as_ref())?,
    );
    if min.max(max).is_some_and(|length| length > MAX_LENGTH) {
        return Err(format!(
            "user.{name}: String attributes cannot have a length of more than {MAX_LENGTH}"
        ));
    }
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(format!(
            "Attribute {name} cannot have a max length shorter than it's min length"
        ));
    }
    Ok(())
}

fn check_values(name: &str, limits: &NumberAttributeConstraintsType) -> Result<(), String> {
    let read = |limit: Option<&String>| {
        number::<f64>(limit)
            .map_err(|()| format!("Invalid NumberAttributeConstraints for schema attribute {name}"))
    };
    let (min, max) = (
        read(limits.min_value.as_ref())?,
        read(limits.max_value.as_ref())?,
    );
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(format!(
            "Attribute {name} cannot have a max value smaller than it's min value"
        ));
    }
    Ok(())
}

/// A limit as a number; `None` for an empty one.
fn number<T: FromStr>(limit: Option<&String>) -> Result<Option<T>, ()> {
    let text = limit.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(|_| ())).transpose()
}

fn name(attribute: &SchemaAttributeType) -> &str {
    attribute.name.as_deref().unwrap_or_default()
}
