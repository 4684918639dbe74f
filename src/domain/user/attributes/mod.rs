//! User attributes and the pool's schema: which attributes exist, which values they take, and which of them may change.

mod changes;
mod values;

use std::collections::BTreeMap;

use self::changes::check_flags;
use self::values::{Names, check_formats, complaint};
use crate::api::{AttributeType, SchemaAttributeType, UserPoolType};
use crate::domain::pool::schema_attributes;
use crate::error::{ApiError, Result};

pub(crate) use self::changes::Changes;
pub(crate) use self::values::CASE_INSENSITIVE;

/// The attributes that users of a pool can have.
pub(crate) struct Schema(BTreeMap<String, SchemaAttributeType>, Names);

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

    /// Whether users of the pool can have this attribute, and its value can change.
    pub(crate) fn is_mutable(&self, name: &str) -> bool {
        self.0
            .get(name)
            .is_some_and(|attribute| attribute.mutable != Some(false))
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

    /// Checks that somebody who signs up has every required attribute.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn check_complete(&self, attributes: &BTreeMap<String, String>) -> Result<()> {
        let missing = self.missing(attributes);
        let complaints: Vec<String> = missing.map(is_required).collect();
        if complaints.is_empty() {
            Ok(())
        } else {
            Err(not_conforming(&complaints.concat()))
        }
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
            return Err(not_conforming(&is_required(name)));
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

fn is_required(name: &str) -> String {
    format!("{name}: The attribute is required\n")
}

fn unknown_to_a_new_user(name: &str) -> String {
    if is_custom(name) {
        format!("Type for attribute {{{name}}} could not be determined")
    } else {
        format!("The attribute {name} is not defined in schema.")
    }
}
