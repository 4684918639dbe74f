//! The attributes of users and devices, as they stand in inputs and answers.

use serde_json::{Value, json};

/// One attribute of a user.
pub(crate) fn attribute(name: &str, value: &str) -> Value {
    json!({"Name": name, "Value": value})
}

/// A list of attributes.
pub(crate) fn attributes(pairs: &[(&str, &str)]) -> Value {
    let pairs = pairs.iter();
    pairs.map(|(name, value)| attribute(name, value)).collect()
}

/// The value of an attribute in a list of an answer; `Null` when it is absent.
pub(crate) fn value_of(attributes: &Value, name: &str) -> Value {
    let mut attributes = attributes.as_array().unwrap().iter();
    let found = attributes.find(|attribute| attribute["Name"] == name);
    found.map_or(Value::Null, |found| found["Value"].clone())
}

/// Sets the members of `more` in `object`; what is `null` there is removed.
pub(crate) fn merge(object: &mut Value, more: Value) {
    let Value::Object(more) = more else {
        panic!("{more} is no object");
    };
    let object = object.as_object_mut().unwrap();
    object.extend(more);
    object.retain(|_, value| !value.is_null());
}

/// The names of an object's members, in their order.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    let members = object.as_object().unwrap();
    members.keys().map(String::as_str).collect()
}
