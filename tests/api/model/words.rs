//! How Cognito words the violations of the model's constraints.

use serde_json::Value;

use super::shapes::{Shape, is_number, is_sensitive, shape, shows_secrets};

pub(super) const NOT_NULL: &str = "Member must not be null";
const LIST_FOUND: &str = "Start of list found where not expected";
const OBJECT_FOUND: &str = "Start of structure or map found where not expected.";

pub(super) fn size_word(shape: &Shape) -> &'static str {
    if is_number(shape) { "value" } else { "length" }
}

pub(super) fn at_most(shape: &Shape) -> String {
    let max = shape.max.unwrap();
    format!(
        "Member must have {} less than or equal to {max}",
        size_word(shape)
    )
}

pub(super) fn at_least(shape: &Shape) -> String {
    let min = shape.min.unwrap();
    format!(
        "Member must have {} greater than or equal to {min}",
        size_word(shape)
    )
}

pub(super) fn matching(shape: &Shape) -> String {
    let pattern = shape.pattern.as_deref().unwrap();
    format!("Member must satisfy regular expression pattern: {pattern}")
}

/// One list has an order of its own (an answer of the service, recorded in 2026).
pub(super) fn one_of(shape: &Shape) -> String {
    let values = shape.values.join(", ");
    let values = match values.as_str() {
        "SAML, Facebook, Google, LoginWithAmazon, SignInWithApple, OIDC" => {
            "Facebook, SAML, SignInWithApple, LoginWithAmazon, OIDC, Google"
        }
        other => other,
    };
    format!("Member must satisfy enum value set: [{values}]")
}

/// All constraints of a value, as violations of items of a list and of keys and values of a map say them.
pub(super) fn all_of(name: &str) -> String {
    let shape = shape(name);
    let all: Vec<String> = [
        shape.max.map(|_| at_most(shape)),
        shape.min.map(|_| at_least(shape)),
        shape.pattern.as_ref().map(|_| matching(shape)),
        (!shape.values.is_empty()).then(|| one_of(shape)),
    ]
    .into_iter()
    .flatten()
    .collect();
    format!("[{}]", all.join(", "))
}

/// A value as a violation shows it.
pub(super) fn shown(name: &str, value: &Value) -> String {
    let inner = shape(name);
    match (inner.kind.as_str(), value) {
        ("structure", _) => name.to_owned(),
        ("list", Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|v| shown(&inner.member, v)).collect();
            format!("[{}]", items.join(", "))
        }
        ("map", Value::Object(map)) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}={}", shown(&inner.value, value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// The part of a long value that a violation repeats.
fn cut(shown: &str) -> String {
    match shown.char_indices().nth(1024) {
        Some((end, _)) => format!("{}...", &shown[..end]),
        None => shown.to_owned(),
    }
}

/// Where a value stands, and whether it is sensitive or inside something sensitive.
#[derive(Default)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) hidden: bool,
}

impl Place {
    pub(super) fn member(&self, name: &str, of: &str) -> Self {
        let (first, rest) = name.split_at(1);
        let name = first.to_lowercase() + rest;
        let path = if self.path.is_empty() {
            name
        } else {
            format!("{}.{name}", self.path)
        };
        self.inside(path, of)
    }

    /// An item of a list, by its 1-based number, or an entry of a map, by its key.
    pub(super) fn element(&self, which: &str, of: &str) -> Self {
        self.inside(format!("{}.{which}.member", self.path), of)
    }

    pub(super) fn inside(&self, path: String, of: &str) -> Self {
        let hidden = self.hidden || is_sensitive(of);
        Self { path, hidden }
    }

    pub(super) fn violates(&self, name: &str, value: &Value, constraint: &str) -> String {
        let value = if self.hidden || shows_secrets(name) {
            String::new()
        } else {
            format!(" '{}'", cut(&shown(name, value)))
        };
        self.says(&value, constraint)
    }

    pub(super) fn lacks(&self) -> String {
        self.says(if self.hidden { "" } else { " null" }, NOT_NULL)
    }

    pub(super) fn says(&self, value: &str, constraint: &str) -> String {
        let path = &self.path;
        format!("Value{value} at '{path}' failed to satisfy constraint: {constraint}")
    }
}

pub(super) fn whole_message(violations: &[String]) -> String {
    let plural = if violations.len() == 1 { "" } else { "s" };
    let (count, all) = (violations.len(), violations.join("; "));
    format!("{count} validation error{plural} detected: {all}")
}

/// The violation of a value of the wrong JSON type. Returns `None` if the type is right.
pub(super) fn mismatch(name: &str, value: &Value) -> Option<String> {
    let shape = shape(name);
    let kind = shape.kind.as_str();
    let found = match (kind, value) {
        _ if shape.document => return None,
        ("list", Value::Array(_))
        | ("map" | "structure", Value::Object(_))
        | ("string" | "blob", Value::String(_))
        | ("integer" | "long", Value::Number(_))
        // A text can be a time. Other texts are refused without a message.
        | ("timestamp", Value::Number(_) | Value::String(_))
        | ("boolean", Value::Bool(_)) => return None,
        (_, Value::Array(_)) => return Some(LIST_FOUND.to_owned()),
        (_, Value::Object(_)) => return Some(OBJECT_FOUND.to_owned()),
        ("list", _) => return Some("Expected list or null".to_owned()),
        ("map" | "structure", _) => return Some("Expected null".to_owned()),
        (_, Value::String(_)) => "STRING_VALUE",
        (_, Value::Number(_)) => "NUMBER_VALUE",
        (_, Value::Bool(true)) => "TRUE_VALUE",
        (_, Value::Bool(false)) => "FALSE_VALUE",
        (_, Value::Null) => return None,
    };
    let wanted = match kind {
        "string" => "a String",
        "blob" => "a Blob",
        "integer" => "an Integer",
        "long" => "a Long",
        "boolean" => "a Boolean",
        "timestamp" => "a Timestamp",
        other => panic!("no words for {other}"),
    };
    Some(format!("{found} can not be converted to {wanted}"))
}
