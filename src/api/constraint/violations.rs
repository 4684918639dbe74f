//! The second pass: all violated constraints of a body.

use std::fmt;

use serde_json::{Map, Value};

use super::format::{Cut, Formatted};
use super::rules::{all_of, as_size, constraints, is_violated, violated};
use super::{Kind, Shape, Structure, Violation, length};

/// The path of a value, formatted only for violations.
pub(super) enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'static str),
    Item(&'a Path<'a>, usize),
    Entry(&'a Path<'a>, &'a str),
}

impl Path<'_> {
    /// The top-level member of the request.
    fn member(&self) -> &'static str {
        match self {
            Self::Root => "",
            Self::Member(Self::Root, name) => name,
            Self::Member(parent, _) | Self::Item(parent, _) | Self::Entry(parent, _) => {
                parent.member()
            }
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}.{}.member", index + 1),
            Self::Entry(parent, key) => {
                write!(f, "{parent}.{}.member", Cut(key, MAX_REPEATED))
            }
        }
    }
}

/// The most violations that are collected. Three bytes of a body can be a structure that lacks two members, and the answer to a
/// long list of them must stay small.
const MAX_VIOLATIONS: usize = 1000;

/// The most characters of a value, or of a key in a path, that one violation repeats: a value may be as long as a body.
pub(super) const MAX_REPEATED: usize = 1024;

/// The most characters of values that all violations of a request repeat together.
pub(super) const MAX_REPEATED_TOGETHER: usize = 64 * 1024;

#[derive(Default)]
pub(super) struct Violations {
    pub(super) found: Vec<Violation>,
    /// The characters of values that the violations repeat.
    repeated: usize,
}

/// A value with its shape and its path.
struct Spot<'a> {
    shape: &'a Shape,
    value: &'a Value,
    path: &'a Path<'a>,
    /// Whether the value is sensitive or inside a sensitive value.
    masked: bool,
}

impl Violations {
    pub(super) fn members(
        &mut self,
        structure: &Structure,
        object: &Map<String, Value>,
        parent: &Path<'_>,
        masked: bool,
    ) {
        for member in structure.members {
            let (shape, path) = (member.shape, &Path::Member(parent, member.path));
            let masked = masked || shape.masked;
            match object.get(member.name) {
                Some(value) => self.value(&Spot {
                    shape,
                    value,
                    path,
                    masked,
                }),
                None if member.required => self.missing(path, masked),
                None => {}
            }
        }
    }

    fn value(&mut self, spot: &Spot<'_>) {
        if spot.value.is_null() {
            return self.missing(spot.path, spot.masked);
        }
        for constraint in violated(spot.shape, spot.value) {
            self.push(spot, &constraint);
        }
        match (&spot.shape.kind, spot.value) {
            (Kind::List(item), Value::Array(items)) => self.items(spot, item, items),
            (Kind::Map { key, value }, Value::Object(map)) => {
                self.keys(spot, key, map);
                self.entries(spot, value, map);
            }
            (Kind::Structure(inner), Value::Object(object)) => {
                self.members(inner, object, spot.path, spot.masked);
            }
            _ => {}
        }
    }

    /// Structures in a list are checked one by one, scalars together: for scalars the service names the list and all constraints
    /// of an item.
    fn items(&mut self, list: &Spot<'_>, shape: &Shape, items: &[Value]) {
        let together = shape.kind.is_scalar();
        for (index, value) in items.iter().enumerate() {
            if !together || value.is_null() {
                self.value(&Spot {
                    shape,
                    value,
                    path: &Path::Item(list.path, index),
                    masked: list.masked || shape.masked,
                });
            }
        }
        if together && items.iter().any(|value| is_violated(shape, value)) {
            let all = all_of(shape);
            self.push(list, &format_args!("Member must satisfy constraint: {all}"));
        }
    }

    fn keys(&mut self, map: &Spot<'_>, shape: &Shape, entries: &Map<String, Value>) {
        let fits =
            |key: &String| constraints(shape).all(|c| c.holds(as_size(length(key)), Some(key)));
        if !entries.keys().all(fits) {
            let all = all_of(shape);
            self.push(
                map,
                &format_args!("Map keys must satisfy constraint: {all}"),
            );
        }
    }

    fn entries(&mut self, map: &Spot<'_>, shape: &Shape, entries: &Map<String, Value>) {
        if !shape.kind.is_scalar() {
            for (key, value) in entries {
                self.value(&Spot {
                    shape,
                    value,
                    path: &Path::Entry(map.path, key),
                    masked: map.masked || shape.masked,
                });
            }
        } else if entries.values().any(|value| is_violated(shape, value)) {
            let all = all_of(shape);
            self.push(
                map,
                &format_args!("Map value must satisfy constraint: {all}"),
            );
        }
    }

    fn missing(&mut self, path: &Path<'_>, masked: bool) {
        let null = if masked { "" } else { " null" };
        self.add(null, path, &"Member must not be null");
    }

    fn push(&mut self, spot: &Spot<'_>, constraint: &dyn fmt::Display) {
        if self.found.len() >= MAX_VIOLATIONS {
            return;
        }
        let value = if spot.masked || holds_masked(spot.shape) {
            String::new()
        } else {
            let room = MAX_REPEATED_TOGETHER.saturating_sub(self.repeated);
            let text = Cut(Formatted(spot.shape, spot.value), room.min(MAX_REPEATED));
            let text = text.to_string();
            self.repeated = self.repeated.saturating_add(text.chars().count());
            format!(" '{text}'")
        };
        self.add(&value, spot.path, constraint);
    }

    fn add(&mut self, value: &str, path: &Path<'_>, constraint: &dyn fmt::Display) {
        if self.found.len() < MAX_VIOLATIONS {
            self.found.push(Violation {
                member: path.member(),
                text: format!(
                    "Value{value} at '{path}' failed to satisfy constraint: {constraint}"
                ),
            });
        }
    }
}

/// Whether formatting a value of this shape would show a sensitive part. Structures are formatted as their name only.
fn holds_masked(shape: &Shape) -> bool {
    if let Kind::Structure(_) = shape.kind {
        return false;
    }
    let inside = if let Kind::List(item) = shape.kind {
        holds_masked(item)
    } else if let Kind::Map { key, value } = shape.kind {
        holds_masked(key) || holds_masked(value)
    } else {
        false
    };
    shape.masked || inside
}
