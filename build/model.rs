//! The model file. Every key and the kinds of shapes that may carry it are listed, so that a trait that a new version of the
//! model introduces stops the build.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Model {
    pub(crate) source: Source,
    pub(crate) api_version: String,
    pub(crate) target_prefix: String,
    pub(crate) json_version: String,
    pub(crate) operations: Ordered<Operation>,
    pub(crate) shapes: Ordered<Shape>,
}

impl Model {
    /// The shape of this name.
    ///
    /// # Errors
    /// When it is not defined.
    pub(crate) fn shape(&self, name: &str) -> Result<&Shape, String> {
        let shape = self.shapes.get(name);
        shape.ok_or_else(|| format!("the shape {name} is used but not defined"))
    }

    /// The members of a structure, and the names of those that are required.
    ///
    /// # Errors
    /// When it is not defined, or is no structure.
    pub(crate) fn members_of(&self, name: &str) -> Result<(&Ordered<String>, &[String]), String> {
        let Shape::Structure {
            members, required, ..
        } = self.shape(name)?
        else {
            return Err(format!("{name} is not a structure"));
        };
        Ok((members, required))
    }
}

/// The release that the model was taken from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) package: String,
    pub(crate) version: String,
    /// The day on which that version was packaged.
    pub(crate) date: String,
}

/// One operation: its shapes, who must sign, and the errors it declares.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operation {
    pub(crate) input: String,
    pub(crate) output: Option<String>,
    pub(crate) auth: Auth,
    pub(crate) errors: Vec<String>,
}

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Auth {
    /// A request signed with Signature Version 4.
    Sigv4,
    /// A request without a signature, which carries its own proof.
    None,
}

/// One named shape with the traits that its kind may carry.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Shape {
    String {
        min: Option<i64>,
        max: Option<i64>,
        pattern: Option<String>,
        #[serde(rename = "enum", default)]
        values: Vec<String>,
        #[serde(default)]
        sensitive: bool,
    },
    Integer {
        min: Option<i64>,
        max: Option<i64>,
    },
    Long {
        min: Option<i64>,
        max: Option<i64>,
    },
    Boolean {},
    Timestamp {},
    Blob {
        min: Option<i64>,
        max: Option<i64>,
    },
    List {
        member: String,
        min: Option<i64>,
        max: Option<i64>,
    },
    Map {
        key: String,
        value: String,
        min: Option<i64>,
        max: Option<i64>,
        #[serde(default)]
        sensitive: bool,
    },
    Structure {
        members: Ordered<String>,
        #[serde(default)]
        required: Vec<String>,
        #[serde(default)]
        sensitive: bool,
        /// Free JSON without a schema.
        #[serde(default)]
        document: bool,
        #[serde(default)]
        exception: bool,
        /// An exception that is the service's fault, not the caller's.
        #[serde(default)]
        fault: bool,
    },
}

/// A JSON object that keeps the order of the file: violations are reported in model order.
#[derive(Debug)]
pub(crate) struct Ordered<T>(pub(crate) Vec<(String, T)>);

impl<T> Ordered<T> {
    /// The entry of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.iter().find(|(key, _)| key == name).map(|(_, v)| v)
    }

    /// All entries in the order of the file.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, (String, T)> {
        self.0.iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OrderedVisitor(PhantomData))
    }
}

struct OrderedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OrderedVisitor<T> {
    type Value = Ordered<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Ordered(entries))
    }
}

/// Reads the model file.
pub(crate) fn parse(text: &str) -> Result<Model, String> {
    let model: Model = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if model.json_version != "1.1" {
        return Err(format!("JSON protocol {} is not 1.1", model.json_version));
    }
    Ok(model)
}
