//! The members of a seed's objects: every one of them is read, or refused.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::api::AttributeType;
use crate::api::constraint::{Kind, Structure, check};
use crate::error::{ApiError, Result};

/// The members of an object that have not been read yet.
pub(super) type Members = Map<String, Value>;

/// Takes a member that is a string; `None` if it is absent or null.
pub(super) fn take_text(
    place: &dyn Display,
    members: &mut Members,
    name: &str,
) -> Result<Option<String>, Refusal> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::at(place, format!("{name} is a string"))),
    }
}

/// The attributes that have a value, by name.
pub(super) fn named_values(
    place: &dyn Display,
    list: Vec<AttributeType>,
) -> Result<BTreeMap<String, String>, Refusal> {
    let mut values = BTreeMap::new();
    for AttributeType { name, value } in list {
        let Some(value) = value else { continue };
        if values.insert(name.clone(), value.into_inner()).is_some() {
            return Err(Refusal::at(
                place,
                format!("the attribute '{name}' is given twice"),
            ));
        }
    }
    Ok(values)
}

/// Checks a value against the model and decodes it. Members that the model does not know are refused: a misspelt one would
/// otherwise be ignored without notice.
pub(super) fn decode<T: DeserializeOwned>(
    place: &dyn Display,
    structure: &Structure,
    mut value: Value,
) -> Result<T, Refusal> {
    if let Some(name) = unknown_member(structure, &value) {
        return Err(Refusal::at(place, format!("unknown member '{name}'")));
    }
    check(structure, &mut value).map_err(|error| Refusal::at(place, error.to_string()))?;
    serde_json::from_value(value).map_err(|error| Refusal::at(place, error.to_string()))
}

/// The first member, however deep, that the model does not know.
fn unknown_member(structure: &Structure, value: &Value) -> Option<String> {
    value.as_object()?.iter().find_map(|(name, value)| {
        let Some(member) = structure.members.iter().find(|member| member.name == name) else {
            return Some(name.clone());
        };
        unknown_inside(&member.shape.kind, value).map(|inner| format!("{name}.{inner}"))
    })
}

fn unknown_inside(kind: &Kind, value: &Value) -> Option<String> {
    match kind {
        Kind::Structure(structure) => unknown_member(structure, value),
        Kind::List(items) => value
            .as_array()?
            .iter()
            .find_map(|item| unknown_inside(&items.kind, item)),
        Kind::Map { value: shape, .. } => value
            .as_object()?
            .values()
            .find_map(|value| unknown_inside(&shape.kind, value)),
        Kind::Text { .. }
        | Kind::Integer
        | Kind::Long
        | Kind::Boolean
        | Kind::Timestamp
        | Kind::Blob
        | Kind::Document => None,
    }
}

/// The members of a value that is an object.
pub(super) fn object(place: &dyn Display, value: Value) -> Result<Members, Refusal> {
    match value {
        Value::Object(members) => Ok(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Refusal::at(place, "an object is expected here"))
        }
    }
}

/// The members of what is shown as an object.
///
/// # Errors
/// `InternalErrorException` when it is no object.
pub(super) fn members_of(shown: &impl Serialize) -> Result<Members> {
    let value = serde_json::to_value(shown).map_err(ApiError::internal)?;
    let Value::Object(members) = value else {
        return Err(ApiError::internal("what is shown is no object"));
    };
    Ok(members)
}

/// The value of an object's only member if it is called `name`, as AWS's CLI prints it; any other value as it is.
pub(super) fn unwrapped(name: &str, mut value: Value) -> Value {
    let alone = value.as_object_mut().filter(|members| members.len() == 1);
    let inner = alone.and_then(|members| members.remove(name));
    inner.unwrap_or(value)
}

/// Takes a member that is a list, empty if it is absent or null; `prefix` stands before the name in places.
pub(super) fn take_list(
    prefix: &dyn Display,
    members: &mut Members,
    name: &str,
) -> Result<Vec<Value>, Refusal> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Refusal::at(
            format_args!("{prefix}{name}"),
            "a list is expected here",
        )),
    }
}

/// Refuses an object of which a member has not been taken.
pub(super) fn no_others(place: &dyn Display, members: &Members) -> Result<(), Refusal> {
    match members.keys().next() {
        Some(name) => Err(Refusal::at(place, format!("unknown member '{name}'"))),
        None => Ok(()),
    }
}
