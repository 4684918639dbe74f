//! Values and lists as the service's messages write them.

use std::fmt::{self, Write as _};

use serde_json::Value;

use super::{Kind, Shape};

/// Formats a value as the service does: lists as `[a, b]`, maps as `{a=b}`, structures as their name.
pub(super) struct Formatted<'a>(pub(super) &'a Shape, pub(super) &'a Value);

impl fmt::Display for Formatted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.kind, self.1) {
            (_, Value::String(text)) => f.write_str(text),
            (Kind::List(item), Value::Array(items)) => {
                let items = items.iter().map(|value| Formatted(item, value));
                write!(f, "[{}]", Joined(items))
            }
            (Kind::Map { value: shape, .. }, Value::Object(map)) => {
                let entries = map
                    .iter()
                    .map(|(key, value)| Entry(key, Formatted(shape, value)));
                write!(f, "{{{}}}", Joined(entries))
            }
            (Kind::Structure(structure), Value::Object(_)) => f.write_str(structure.name),
            (_, value) => write!(f, "{value}"),
        }
    }
}

/// Formats at most this many characters, and `...` for the rest, which is not formatted first.
pub(super) struct Cut<T>(pub(super) T, pub(super) usize);

impl<T: fmt::Display> fmt::Display for Cut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cutting = Cutting {
            to: f,
            room: self.1,
            is_cut: false,
        };
        let written = write!(cutting, "{}", self.0);
        if cutting.is_cut {
            return f.write_str("...");
        }
        written
    }
}

/// Passes on as many characters as fit, and fails for the rest.
struct Cutting<'a, 'b> {
    to: &'a mut fmt::Formatter<'b>,
    /// The characters that still fit.
    room: usize,
    is_cut: bool,
}

impl fmt::Write for Cutting<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let Some((end, _)) = text.char_indices().nth(self.room) else {
            self.room = self.room.saturating_sub(text.chars().count());
            return self.to.write_str(text);
        };
        self.is_cut = true;
        self.to.write_str(text.get(..end).unwrap_or_default())?;
        Err(fmt::Error)
    }
}

struct Entry<'a>(&'a str, Formatted<'a>);

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.0, self.1)
    }
}

/// Joins items with a comma and a blank.
pub(super) struct Joined<I>(pub(super) I);

impl<I: Iterator<Item: fmt::Display> + Clone> fmt::Display for Joined<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.clone().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{item}")?;
        }
        Ok(())
    }
}
