//! A user's attributes as the registry keeps them, a JSON object, in the form of answers.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::Deserializer;

use crate::api::{AttributeType, Sensitive};

/// What [`attribute_list`](super::attribute_list) makes of the sub and of the attributes in `json`. A list of users has many of
/// these, so they go straight into their list.
///
/// # Errors
/// When the text is no JSON object of texts.
pub(crate) fn kept_attribute_list(
    sub: String,
    json: &str,
) -> Result<Vec<AttributeType>, serde_json::Error> {
    let mut json = Deserializer::from_str(json);
    let mut list = json.deserialize_map(List(vec![attribute("sub".to_owned(), sub)]))?;
    json.end()?;
    if let Some(others) = list.get_mut(1..)
        && !others.is_sorted_by(|one, next| one.name <= next.name)
    {
        others.sort_by(|one, other| one.name.cmp(&other.name));
    }
    Ok(list)
}

fn attribute(name: String, value: String) -> AttributeType {
    AttributeType {
        name,
        value: Some(Sensitive::from(value)),
    }
}

/// Reads attributes, and adds them to the list.
struct List(Vec<AttributeType>);

impl<'de> Visitor<'de> for List {
    type Value = Vec<AttributeType>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some((name, value)) = map.next_entry()? {
            self.0.push(attribute(name, value));
        }
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::attribute_list;
    use super::*;

    #[test]
    fn kept_attributes_are_listed_as_all_others_are() {
        for json in [
            "{}",
            r#"{"email": "ana@example.com", "name": "Ana \"É\" \u00e9"}"#,
            r#" {"name": "", "custom:x": "1", "email": "x"} "#,
        ] {
            let map: BTreeMap<String, String> = serde_json::from_str(json).unwrap();
            assert_eq!(
                kept_attribute_list("s".to_owned(), json).unwrap(),
                attribute_list("s".to_owned(), map),
                "{json}"
            );
        }
    }

    #[test]
    fn what_holds_no_attributes_is_an_error() {
        for json in ["", "[]", r#"{"email": 1}"#, r#"{"email": null}"#, "{} {}"] {
            assert!(kept_attribute_list(String::new(), json).is_err(), "{json}");
        }
    }
}
