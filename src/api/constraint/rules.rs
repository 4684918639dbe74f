//! The constraints of a shape, and the check of a value against them.

use std::fmt;

use serde_json::Value;

use super::conform::blob_length;
use super::format::Joined;
use super::{Kind, Pattern, Shape, length};

/// One constraint on a value, formatted in the service's words.
#[derive(Clone, Copy)]
pub(super) enum Constraint {
    Longest(i64),
    Shortest(i64),
    Greatest(i64),
    Least(i64),
    Matches(&'static Pattern),
    OneOf(&'static [&'static str]),
}

impl Constraint {
    /// `size` is the value of a number or the length of anything else; `text` is given for strings.
    pub(super) fn holds(self, size: i64, text: Option<&str>) -> bool {
        match self {
            Self::Longest(max) | Self::Greatest(max) => size <= max,
            Self::Shortest(min) | Self::Least(min) => size >= min,
            Self::Matches(pattern) => text.is_none_or(|text| pattern.matches(text)),
            Self::OneOf(values) => text.is_none_or(|text| values.contains(&text)),
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Member must ")?;
        match self {
            Self::Longest(max) => write!(f, "have length less than or equal to {max}"),
            Self::Shortest(min) => write!(f, "have length greater than or equal to {min}"),
            Self::Greatest(max) => write!(f, "have value less than or equal to {max}"),
            Self::Least(min) => write!(f, "have value greater than or equal to {min}"),
            Self::Matches(pattern) => {
                let text = pattern.text();
                write!(f, "satisfy regular expression pattern: {text}")
            }
            Self::OneOf(values) => {
                write!(f, "satisfy enum value set: [{}]", Joined(values.iter()))
            }
        }
    }
}

/// All constraints on a value of this shape, in the order of messages.
pub(super) fn constraints(shape: &Shape) -> impl Iterator<Item = Constraint> + Clone + use<> {
    let (max, min) = if matches!(shape.kind, Kind::Integer | Kind::Long) {
        let greatest = shape.max.map(Constraint::Greatest);
        (greatest, shape.min.map(Constraint::Least))
    } else {
        let longest = shape.max.map(Constraint::Longest);
        (longest, shape.min.map(Constraint::Shortest))
    };
    let (pattern, values) = if let Kind::Text { pattern, values } = shape.kind {
        let values = (!values.is_empty()).then_some(Constraint::OneOf(values));
        (pattern.map(Constraint::Matches), values)
    } else {
        (None, None)
    };
    [max, min, pattern, values].into_iter().flatten()
}

pub(super) fn violated(shape: &Shape, value: &Value) -> impl Iterator<Item = Constraint> {
    let (size, text) = (size(shape, value), value.as_str());
    constraints(shape).filter(move |constraint| !constraint.holds(size, text))
}

pub(super) fn is_violated(shape: &Shape, value: &Value) -> bool {
    !value.is_null() && violated(shape, value).next().is_some()
}

/// All constraints as `[a, b]`, not only the violated ones.
pub(super) fn all_of(shape: &Shape) -> String {
    format!("[{}]", Joined(constraints(shape)))
}

/// The value of a number, the length of a string, the bytes of a blob, or the entries of a list or map.
fn size(shape: &Shape, value: &Value) -> i64 {
    match value {
        Value::Number(number) => number.as_i64().unwrap_or_default(),
        Value::String(text) if matches!(shape.kind, Kind::Blob) => {
            as_size(blob_length(text).unwrap_or_default())
        }
        Value::String(text) => as_size(length(text)),
        Value::Array(items) => as_size(items.len()),
        Value::Object(map) => as_size(map.len()),
        Value::Null | Value::Bool(_) => 0,
    }
}

pub(super) fn as_size(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
