//! Decodes a JSON body and checks it against the model's tables, in two passes. The first checks JSON types, drops nulls (absent
//! members) and stops at the first mismatch; such a body does not reach the constraints. The second collects every violated
//! constraint, members in model order, length before pattern before enum, in the words of the real service.
//!
//! Messages never repeat values of sensitive members, nor lists or maps with a sensitive part.

mod conform;
mod format;
mod rules;
mod violations;

use std::fmt;
use std::sync::OnceLock;

use regex::Regex;
use serde_json::Value;

use super::ErrorCode;
use conform::{LIST_FOUND, conform_members};
use rules::{as_size, constraints};
use violations::{Path, Violations};

/// A structure: its members in model order.
#[derive(Debug)]
pub struct Structure {
    /// Name in the model.
    pub name: &'static str,
    /// Members in model order.
    pub members: &'static [Member],
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Name on the wire.
    pub name: &'static str,
    /// Name in a violation: the wire name with a small first letter.
    pub path: &'static str,
    /// Whether the member is required.
    pub required: bool,
    /// The shape of its value.
    pub shape: &'static Shape,
}

/// A named shape of the model.
#[derive(Debug)]
pub struct Shape {
    /// The kind of value.
    pub kind: Kind,
    /// Whether messages must not repeat the value.
    pub masked: bool,
    /// The minimum of a number, the minimum length of everything else.
    pub min: Option<i64>,
    /// The maximum of a number, the maximum length of everything else.
    pub max: Option<i64>,
}

/// The kinds of shapes.
#[derive(Debug)]
pub enum Kind {
    /// A string.
    Text {
        /// The pattern that the whole value must match.
        pattern: Option<&'static Pattern>,
        /// The values of an enum, in model order; empty for free text.
        values: &'static [&'static str],
    },
    /// A 32-bit whole number.
    Integer,
    /// A 64-bit whole number.
    Long,
    /// True or false.
    Boolean,
    /// Seconds since 1970, or (as the AWS CLI prints it) an ISO 8601 text.
    Timestamp,
    /// Bytes, in Base64. They are stored and returned in this form.
    Blob,
    /// JSON without a schema.
    Document,
    /// A list of such items.
    List(&'static Shape),
    /// A map.
    Map {
        /// Its keys, always strings.
        key: &'static Shape,
        /// Its values.
        value: &'static Shape,
    },
    /// A structure.
    Structure(&'static Structure),
}

impl Kind {
    /// Whether violations of list items and map values of this kind name the list or map.
    const fn is_scalar(&self) -> bool {
        !matches!(
            self,
            Self::List(_) | Self::Map { .. } | Self::Structure(_) | Self::Document
        )
    }
}

/// A pattern of the model, compiled on first use.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    regex: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The pattern as the model writes it (a Java regular expression, for messages), and its anchored equivalent for the `regex`
    /// crate, which the build has compiled once as a check.
    pub(super) const fn new(text: &'static str, regex: &'static str) -> Self {
        let compiled = OnceLock::new();
        Self {
            text,
            regex,
            compiled,
        }
    }

    /// The pattern as the model writes it.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// Whether the whole value matches.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        self.compiled().is_some_and(|regex| regex.is_match(value))
    }

    fn compiled(&self) -> Option<&Regex> {
        let compiled = self.compiled.get_or_init(|| Regex::new(self.regex).ok());
        compiled.as_ref()
    }
}

/// A constraint that a value violates.
#[derive(Debug)]
pub struct Violation {
    /// The top-level member of the request that holds the value, as the model names it.
    pub member: &'static str,
    /// The service's message, which may repeat the value.
    pub text: String,
}

/// Why a body is not a valid request.
#[derive(Debug)]
pub enum InputError {
    /// Not JSON, not an object, or a value of the wrong JSON type, with the service's message if it has one.
    Serialization(Option<String>),
    /// Every violated constraint.
    Violations(Vec<Violation>),
    /// Checked and still not decodable: a fault of the server.
    Undecodable(serde_json::Error),
}

impl InputError {
    /// The error code of the answer.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Serialization(_) => ErrorCode::SerializationException,
            Self::Violations(_) => ErrorCode::InvalidParameterException,
            Self::Undecodable(_) => ErrorCode::InternalErrorException,
        }
    }

    /// The message of the answer, if it has one.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Serialization(text) => text.clone(),
            Self::Violations(found) => {
                let plural = if found.len() == 1 { "" } else { "s" };
                let texts: Vec<&str> = found.iter().map(|one| one.text.as_str()).collect();
                let (count, texts) = (found.len(), texts.join("; "));
                Some(format!(
                    "{count} validation error{plural} detected: {texts}"
                ))
            }
            Self::Undecodable(_) => None,
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.message(), self) {
            (Some(message), _) => f.write_str(&message),
            (None, Self::Undecodable(_)) => f.write_str("a checked value could not be decoded"),
            (None, _) => f.write_str("not a JSON object as the model describes it"),
        }
    }
}

impl std::error::Error for InputError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Undecodable(error) => Some(error),
            Self::Serialization(_) | Self::Violations(_) => None,
        }
    }
}

/// Reads a body as JSON.
///
/// # Errors
/// `Serialization` without a message if the body is not one JSON value.
pub fn decode(body: &[u8]) -> Result<Value, InputError> {
    serde_json::from_slice(body).map_err(|_| InputError::Serialization(None))
}

/// Checks a value against a structure and changes it to the form that the structure's type decodes: nulls are dropped, and
/// fractions of whole numbers truncated. Members that the model does not know stay.
///
/// # Errors
/// `Serialization` for the first value of a wrong JSON type, otherwise `Violations` with all of them.
pub fn check(structure: &Structure, value: &mut Value) -> Result<(), InputError> {
    let Value::Object(object) = value else {
        let list = value.is_array().then(|| LIST_FOUND.to_owned());
        return Err(InputError::Serialization(list));
    };
    conform_members(structure, object).map_err(InputError::Serialization)?;
    let mut violations = Violations::default();
    violations.members(structure, object, &Path::Root, false);
    if violations.found.is_empty() {
        Ok(())
    } else {
        Err(InputError::Violations(violations.found))
    }
}

/// The first constraint that a text violates as this member of a structure, as `Member must ...`. Returns `None` if it violates
/// none.
#[must_use]
pub fn violated_by(structure: &Structure, member: &str, text: &str) -> Option<String> {
    let mut members = structure.members.iter();
    let shape = members.find(|known| known.name == member)?.shape;
    let size = as_size(length(text));
    let mut violated = constraints(shape).filter(|constraint| !constraint.holds(size, Some(text)));
    violated.next().map(|constraint| constraint.to_string())
}

/// The length of a text in UTF-16 units, as the service counts it.
#[must_use]
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests;
