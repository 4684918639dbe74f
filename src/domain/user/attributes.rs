//! User attributes and the pool's schema: which attributes exist, which values they take, and which of them may change.

use std::collections::BTreeMap;

use crate::api::constraint::length;
use crate::api::{
    AliasAttributeType, AttributeDataType, AttributeType, SchemaAttributeType, UserPoolType,
};
use crate::domain::contact::{is_email, is_phone_number};
use crate::domain::pool::schema_attributes;
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

/// The attributes that a pool without case sensitivity stores and shows in lower case, besides the username (AWS's guide "User
/// pool case sensitivity").
pub(crate) const CASE_INSENSITIVE: [&str; 2] = ["email", "preferred_username"];

/// The attributes that users of a pool can have.
pub(crate) struct Schema(BTreeMap<String, SchemaAttributeType>, Names);

/// How the pool treats the attributes that users sign in with.
struct Names {
    ignores_case: bool,
    aliases: Vec<AliasAttributeType>,
}

/// The changes of an update: the new value of each attribute, or `None` for one that is removed.
pub(crate) struct Changes(BTreeMap<String, Option<String>>);

impl Schema {
    /// The schema of the pool with these settings: the standard attributes, as the pool changes them, and the custom ones.
    pub(crate) fn of(settings: &UserPoolType) -> Self {
        let given = settings.schema_attributes.clone().unwrap_or_default();
        let by_name = schema_attributes::standard()
            .into_iter()
            .chain(given)
            .filter_map(|attribute| Some((attribute.name.clone()?, attribute)));
        let case = settings.username_configuration.as_ref();
        let names = Names {
            ignores_case: case.is_some_and(|case| !case.case_sensitive),
            aliases: settings.alias_attributes.clone().unwrap_or_default(),
        };
        Self(by_name.collect(), names)
    }

    /// Whether users of the pool can have this attribute.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The attributes of a new user; an empty value counts as absent. A required attribute may be missing: a user that an
    /// administrator creates sets it at the first sign-in (AWS API reference, `AdminCreateUser`, `UserAttributes`).
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn of_new_user(
        &self,
        given: Vec<AttributeType>,
    ) -> Result<BTreeMap<String, String>> {
        let mut complaints = Vec::new();
        let mut attributes = BTreeMap::new();
        for (name, value) in named_values(given)? {
            if name == "sub" {
                return Err(not_mutable(&name));
            }
            match self.0.get(&name) {
                None => complaints.push(unknown_to_a_new_user(&name)),
                Some(attribute) if !value.is_empty() => {
                    complaints
                        .extend(complaint(attribute, &value).map(|it| format!("{name}: {it}\n")));
                    let value = self.1.canonical(attribute, &name, value);
                    attributes.insert(name, value);
                }
                Some(_) => {}
            }
        }
        if complaints.is_empty() {
            check_formats(&attributes)?;
            self.1.check(&attributes)?;
            check_flags(&attributes)?;
            Ok(attributes)
        } else {
            Err(not_conforming(&complaints.concat()))
        }
    }

    /// The attributes of an existing user, as a seed gives them. Flags may come without a value, and `identities`, which Cognito
    /// shows for federated users, is accepted: `admin-get-user` prints both.
    ///
    /// # Errors
    /// The reason why a user of the pool cannot have one of them.
    pub(crate) fn of_existing_user(
        &self,
        given: BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, String> {
        let mut attributes = BTreeMap::new();
        for (name, value) in given {
            let Some(attribute) = self.0.get(&name) else {
                if name == "identities" {
                    attributes.insert(name, value);
                    continue;
                }
                return Err(format!("the pool's schema has no attribute '{name}'"));
            };
            if let Some(why) = complaint(attribute, &value).filter(|_| !value.is_empty()) {
                return Err(format!("the attribute '{name}': {why}"));
            }
            let value = self.1.canonical(attribute, &name, value);
            attributes.insert(name, value);
        }
        let told = attributes.iter().filter(|(_, value)| !value.is_empty());
        match check_formats(told) {
            Ok(()) => Ok(attributes),
            Err(refused) => Err(refused.message.unwrap_or_default().into_owned()),
        }
    }

    /// The changes of an update; an empty value removes the attribute.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn changes(&self, given: Vec<AttributeType>) -> Result<Changes> {
        let mut complaints = Vec::new();
        let mut changes = BTreeMap::new();
        for (name, value) in named_values(given)? {
            let attribute = self.0.get(&name);
            if let Some(why) = self.refusal_of_change(&name, &value)? {
                complaints.push(format!("user.{name}: {why}\n"));
            } else if value.is_empty() {
                changes.insert(name, None);
            } else if let Some(attribute) = attribute {
                let value = self.1.canonical(attribute, &name, value);
                changes.insert(name, Some(value));
            }
        }
        if !complaints.is_empty() {
            return Err(ApiError::invalid_parameter(complaints.concat())
                .because("the attributes do not fit the pool's schema"));
        }
        let given = || {
            let changes = changes.iter();
            changes.filter_map(|(name, value)| Some((name, value.as_ref()?)))
        };
        check_formats(given())?;
        self.1.check(given())?;
        Ok(Changes(changes))
    }

    /// The changes that set attributes for the first time, including those that nobody can change later.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn first_values(&self, given: Vec<AttributeType>) -> Result<Changes> {
        let values = self.of_new_user(given)?;
        Ok(Changes(
            values
                .into_iter()
                .map(|(name, value)| (name, Some(value)))
                .collect(),
        ))
    }

    /// The required attributes that are not among `attributes`, by name.
    pub(crate) fn missing<'a>(
        &'a self,
        attributes: &'a BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'a str> {
        let required = self.0.iter().filter(|(name, attribute)| {
            attribute.required == Some(true) && *name != "sub" && !attributes.contains_key(*name)
        });
        required.map(|(name, _)| name.as_str())
    }

    /// The changes that remove these attributes.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn removals(&self, names: Vec<String>) -> Result<Changes> {
        let mut complaints = Vec::new();
        let mut changes = BTreeMap::new();
        for name in names {
            let why = match self.changeable(&name)? {
                Ok(attribute) if attribute.required == Some(true) => {
                    Some("Required attribute cannot be deleted.")
                }
                Ok(_) => None,
                Err(why) => Some(why),
            };
            complaints.extend(why.map(|why| format!("{name}: {why}\n")));
            changes.insert(name, None);
        }
        if complaints.is_empty() {
            Ok(Changes(changes))
        } else {
            Err(ApiError::invalid_parameter(format!(
                "Invalid user attributes: {}",
                complaints.concat()
            ))
            .because("the attributes do not fit the pool's schema"))
        }
    }

    /// The reason why the attribute cannot get this value. Returns `None` if it can.
    ///
    /// # Errors
    /// `InvalidParameterException` where Cognito says it in a sentence of its own.
    fn refusal_of_change(&self, name: &str, value: &str) -> Result<Option<String>> {
        let attribute = match self.changeable(name)? {
            Ok(attribute) => attribute,
            Err(why) => return Ok(Some(why.to_owned())),
        };
        if !value.is_empty() {
            return Ok(complaint(attribute, value));
        }
        if attribute.required == Some(true) {
            return Err(not_conforming(&format!(
                "{name}: The attribute is required\n"
            )));
        }
        Ok(None)
    }

    /// The attribute, or the reason why it can be neither changed nor removed.
    ///
    /// # Errors
    /// `InvalidParameterException` where Cognito says it in a sentence of its own.
    fn changeable(&self, name: &str) -> Result<Result<&SchemaAttributeType, &'static str>> {
        let Some(attribute) = self.0.get(name) else {
            return Ok(Err("Attribute does not exist in the schema."));
        };
        if attribute.mutable != Some(false) {
            Ok(Ok(attribute))
        } else if is_custom(name) {
            Ok(Err("Attribute cannot be updated."))
        } else {
            Err(not_mutable(name))
        }
    }
}

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

/// The values by name; if a name comes twice, the last value counts.
fn named_values(given: Vec<AttributeType>) -> Result<BTreeMap<String, String>> {
    given
        .into_iter()
        .map(|AttributeType { name, value }| match value {
            Some(value) => Ok((name, value.into_inner())),
            None => Err(ApiError::invalid_parameter(format!(
                "Attribute value for {name} must not be null"
            ))
            .because("an attribute has no value")),
        })
        .collect()
}

fn is_custom(name: &str) -> bool {
    name.starts_with("custom:") || name.starts_with("dev:custom:")
}

fn not_mutable(name: &str) -> ApiError {
    ApiError::invalid_parameter(format!("Cannot modify the non-mutable attribute {name}"))
        .because("the attribute cannot be changed")
}

fn not_conforming(complaints: &str) -> ApiError {
    ApiError::invalid_parameter(format!(
        "Attributes did not conform to the schema: {complaints}"
    ))
    .because("the attributes do not fit the pool's schema")
}

fn unknown_to_a_new_user(name: &str) -> String {
    if is_custom(name) {
        format!("Type for attribute {{{name}}} could not be determined")
    } else {
        format!("The attribute {name} is not defined in schema.")
    }
}

/// The rule of the schema that the value breaks. Returns `None` if it breaks none.
fn complaint(attribute: &SchemaAttributeType, value: &str) -> Option<String> {
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

impl Names {
    /// The value of the attribute as it is stored: flags in lower case, because AWS's own examples write `True` as well as
    /// `true`, and attributes that the pool ignores case in.
    fn canonical(&self, attribute: &SchemaAttributeType, name: &str, value: String) -> String {
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
    fn check<'a>(
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

fn check_formats<'a>(attributes: impl IntoIterator<Item = (&'a String, &'a String)>) -> Result<()> {
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

fn check_flags(attributes: &BTreeMap<String, String>) -> Result<()> {
    let lonely = VERIFIED
        .iter()
        .find(|(name, flag, _)| attributes.contains_key(*flag) && !attributes.contains_key(*name));
    match lonely {
        Some((_, _, sentence)) => Err(ApiError::invalid_parameter(*sentence)),
        None => Ok(()),
    }
}
