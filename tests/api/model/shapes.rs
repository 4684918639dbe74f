//! The API model, read from its file.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// Violations repeat this shape's values, although the model says that it is sensitive.
const ECHOED: &str = "ClientIdType";

/// The shape whose pattern in the service differs from the model, and that pattern.
const PASSWORD: (&str, &str) = ("PasswordType", r"^[\S]+.*[\S]+$");

pub(super) static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let text = include_str!("../../../model/cognito-idp.json");

    let mut model: Model = serde_json::from_str(text).unwrap();

    let (name, pattern) = PASSWORD;

    model.shapes.get_mut(name).unwrap().pattern = Some(pattern.to_owned());

    model
});

/// A name of the model: of an operation, a shape or a member.
pub(crate) type Name = &'static str;

#[derive(Deserialize)]
pub(super) struct Model {
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
pub(crate) struct Operation {
    pub(crate) input: String,
    pub(super) auth: String,
    pub(crate) errors: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) members: Members,
    pub(super) required: Vec<String>,
    pub(super) member: String,
    pub(super) key: String,
    pub(super) value: String,
    pub(super) min: Option<u32>,
    pub(super) max: Option<u32>,
    pub(super) pattern: Option<String>,
    #[serde(rename = "enum")]
    pub(super) values: Vec<String>,
    pub(super) sensitive: bool,
    pub(super) document: bool,
}

/// Members with their shapes, in the order of the file.
#[derive(Default)]
pub(super) struct Members(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

pub(super) struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the members of a structure")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

pub(crate) fn operations() -> impl Iterator<Item = (Name, &'static Operation)> {
    MODEL
        .operations
        .iter()
        .map(|(name, operation)| (name.as_str(), operation))
}

pub(crate) fn operation(name: &str) -> &'static Operation {
    &MODEL.operations[name]
}

pub(crate) fn is_signed(operation: &Operation) -> bool {
    match operation.auth.as_str() {
        "sigv4" => true,
        "none" => false,
        other => panic!("nothing is known about auth {other}"),
    }
}

pub(super) fn shape(name: &str) -> &'static Shape {
    &MODEL.shapes[name]
}

pub(crate) fn members(structure: &str) -> impl Iterator<Item = (Name, Name)> {
    let members = &shape(structure).members.0;
    members
        .iter()
        .map(|(name, of)| (name.as_str(), of.as_str()))
}

pub(super) fn member_shape(structure: &str, member: &str) -> Name {
    let found = members(structure).find(|(name, _)| *name == member);
    found.unwrap().1
}

pub(super) fn requires(structure: &str, member: &str) -> bool {
    shape(structure).required.iter().any(|name| name == member)
}

/// Violations of such a value in a list or map are reported at the list or map.
pub(super) fn is_scalar(name: &str) -> bool {
    !matches!(shape(name).kind.as_str(), "structure" | "list" | "map")
}

pub(super) fn is_number(shape: &Shape) -> bool {
    matches!(shape.kind.as_str(), "integer" | "long")
}

pub(super) fn is_sensitive(name: &str) -> bool {
    shape(name).sensitive && name != ECHOED
}

/// Whether writing out such a value would write out something sensitive; of a structure only the name is written.
pub(super) fn shows_secrets(name: &str) -> bool {
    let inner = shape(name);
    match inner.kind.as_str() {
        "structure" => false,
        "list" => is_sensitive(name) || shows_secrets(&inner.member),
        "map" => is_sensitive(name) || shows_secrets(&inner.key) || shows_secrets(&inner.value),
        _ => is_sensitive(name),
    }
}
