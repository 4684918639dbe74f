//! The first pass: the JSON types of a body.

use serde_json::{Map, Number, Value};

use super::{Kind, Shape, Structure};
use crate::api::Timestamp;

pub(super) const LIST_FOUND: &str = "Start of list found where not expected";
const OBJECT_FOUND: &str = "Start of structure or map found where not expected.";

/// The message for a wrong JSON type; `None` for invalid Base64 and invalid times.
pub(super) type Mismatch = Option<String>;

pub(super) fn conform_members(
    structure: &Structure,
    object: &mut Map<String, Value>,
) -> Result<(), Mismatch> {
    for member in structure.members {
        match object.get_mut(member.name) {
            None => {}
            Some(Value::Null) => {
                object.remove(member.name);
            }
            Some(value) => conform(member.shape, value)?,
        }
    }
    Ok(())
}

fn conform(shape: &Shape, value: &mut Value) -> Result<(), Mismatch> {
    match (&shape.kind, &mut *value) {
        (Kind::Text { .. }, Value::String(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Document, _) => Ok(()),
        (Kind::Integer | Kind::Long, Value::Number(number)) => {
            *number = whole(number).ok_or(None)?;
            Ok(())
        }
        (Kind::Timestamp, Value::Number(seconds)) => {
            let time = seconds.as_f64().and_then(Timestamp::from_seconds);
            time.map(|_| ()).ok_or(None)
        }
        (Kind::Timestamp, Value::String(text)) => {
            Timestamp::from_text(text).map(|_| ()).ok_or(None)
        }
        (Kind::Blob, Value::String(text)) => blob_length(text).map(|_| ()).ok_or(None),
        (Kind::List(item), Value::Array(items)) => conform_all(item, items),
        (Kind::Map { value: shape, .. }, Value::Object(map)) => {
            if shape.kind.is_scalar() {
                // A null counts as absent here too: an unmodified client sends `"DEVICE_KEY": null`, and the service accepts it.
                map.retain(|_, value| !value.is_null());
            }
            conform_all(shape, map.values_mut())
        }
        (Kind::Structure(inner), Value::Object(object)) => conform_members(inner, object),
        (kind, _) => Err(mismatch(kind, value)),
    }
}

/// Nulls in a list, or in a map of lists or structures, stay: they are violations, not absent members.
fn conform_all<'a>(
    shape: &Shape,
    values: impl IntoIterator<Item = &'a mut Value>,
) -> Result<(), Mismatch> {
    let mut present = values.into_iter().filter(|value| !value.is_null());
    present.try_for_each(|value| conform(shape, value))
}

fn mismatch(kind: &Kind, value: &Value) -> Mismatch {
    let found = match value {
        Value::Array(_) => return Some(LIST_FOUND.to_owned()),
        Value::Object(_) => return Some(OBJECT_FOUND.to_owned()),
        Value::String(_) => "STRING_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Null => return None,
    };
    let expected = match kind {
        Kind::Text { .. } => "a String",
        Kind::Integer => "an Integer",
        Kind::Long => "a Long",
        Kind::Boolean => "a Boolean",
        Kind::Timestamp => "a Timestamp",
        Kind::Blob => "a Blob",
        Kind::List(_) => return Some("Expected list or null".to_owned()),
        Kind::Map { .. } | Kind::Structure(_) | Kind::Document => {
            return Some("Expected null".to_owned());
        }
    };
    Some(format!("{found} can not be converted to {expected}"))
}

/// The number without its fraction. Returns `None` if it exceeds 64 bits.
fn whole(number: &Number) -> Option<Number> {
    if number.is_i64() {
        return Some(number.clone());
    }
    let truncated = number.as_f64()?.trunc();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number in the range just checked"
    )]
    let in_range = (truncated.abs() < 9.2e18).then_some(truncated as i64);
    in_range.map(Number::from)
}

/// The number of bytes that a Base64 text encodes. Returns `None` if it is not Base64.
pub(super) fn blob_length(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    let fits = text.len().is_multiple_of(4) && padding <= 2 && digits.bytes().all(is_digit);
    fits.then(|| text.len() / 4 * 3 - padding)
}
