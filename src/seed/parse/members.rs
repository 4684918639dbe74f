//! The members of a seed: JSON objects of which nothing may be left unread, and the place of what is wrong with them.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::api::AttributeType;
use crate::api::constraint::{Kind, Structure, check};

/// A mistake, and where in the file it is.
pub(in crate::seed) struct Fault {
    pub(in crate::seed) place: String,
    pub(in crate::seed) why: String,
}

impl Fault {
    pub(in crate::seed) fn at(place: &dyn Display, why: impl Into<String>) -> Self {
        Self {
            place: place.to_string(),
            why: why.into(),
        }
    }

    /// What a file says now does not go with what it said before.
    pub(in crate::seed) fn changed(place: &dyn Display) -> Self {
        Self::at(place, "the file was changed while it was read")
    }
}

pub(super) fn take_text(
    place: &dyn Display,
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<String>, Fault> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Fault::at(place, format!("{name} is a string"))),
    }
}

/// A list of names and values without the names that have no value.
pub(super) fn named_values(
    place: &dyn Display,
    list: Vec<AttributeType>,
) -> Result<BTreeMap<String, String>, Fault> {
    let mut values = BTreeMap::new();
    for AttributeType { name, value } in list {
        let Some(value) = value else { continue };
        if values.insert(name.clone(), value.into_inner()).is_some() {
            return Err(Fault::at(
                place,
                format!("the attribute '{name}' is given twice"),
            ));
        }
    }
    Ok(values)
}

/// Checks a value against the model and decodes it; members that the model does not know are refused, since a misspelt one
/// would otherwise be lost in silence.
pub(super) fn decode<T: DeserializeOwned>(
    place: &dyn Display,
    structure: &Structure,
    mut value: Value,
) -> Result<T, Fault> {
    if let Some(name) = unknown_member(structure, &value) {
        return Err(Fault::at(place, format!("unknown member '{name}'")));
    }
    check(structure, &mut value).map_err(|error| Fault::at(place, error.to_string()))?;
    serde_json::from_value(value).map_err(|error| Fault::at(place, error.to_string()))
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

pub(super) fn object(place: &dyn Display, value: Value) -> Result<Map<String, Value>, Fault> {
    match value {
        Value::Object(members) => Ok(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Fault::at(place, "an object is expected here"))
        }
    }
}

/// What is in an object of this one member, as AWS's CLI prints it; anything else as it is.
pub(super) fn unwrapped(name: &str, mut value: Value) -> Value {
    let alone = value.as_object_mut().filter(|members| members.len() == 1);
    let inner = alone.and_then(|members| members.remove(name));
    inner.unwrap_or(value)
}

pub(super) fn take_list(
    prefix: &dyn Display,
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<Vec<Value>, Fault> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Fault::at(
            &format_args!("{prefix}{name}"),
            "a list is expected here",
        )),
    }
}

pub(super) fn none_left(place: &dyn Display, members: &Map<String, Value>) -> Result<(), Fault> {
    match members.keys().next() {
        Some(name) => Err(Fault::at(place, format!("unknown member '{name}'"))),
        None => Ok(()),
    }
}
