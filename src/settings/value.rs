//! The values that the layers give, each with its source, and how a TOML text is taken apart into them.

use std::collections::BTreeMap;
use std::fmt;

use toml::de::{DeTable, DeValue};

use super::SettingsError;

/// The source of a value.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// The documented defaults.
    Default,
    /// A line of a settings file.
    File { file: String, line: usize },
    /// This environment variable.
    Environment(String),
    /// This flag.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { file, line } => write!(f, "{file}:{line}"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value as a layer gives it: what its setting expects is not known yet.
#[derive(Clone)]
pub(super) enum Value {
    Text(String),
    /// A whole number, in decimal digits.
    Number(String),
    /// A number with a fraction.
    Fraction(f64),
    Flag(bool),
    List(Vec<Entry>),
    Table(BTreeMap<String, Entry>),
    /// A value that no setting has: a date.
    Other(&'static str),
}

/// A value with its source.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) source: Source,
}

/// All values of a TOML text by their dotted paths; lists stay whole. `source` makes the source of a value from its line, and
/// `name` names the text in errors.
///
/// # Errors
/// When the text is not TOML.
pub(super) fn flat(
    text: &str,
    source: impl Fn(usize) -> Source,
    name: &str,
) -> Result<BTreeMap<String, Entry>, SettingsError> {
    let line = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        before.matches('\n').count() + 1
    };
    let table = DeTable::parse(text).map_err(|error| {
        // The parser's message would show the line, and this file holds secrets.
        let line = line(error.span().map_or(0, |span| span.start));
        SettingsError(format!("{name}:{line}: {}", error.message()))
    })?;
    let mut found = BTreeMap::new();
    walk(table.get_ref(), "", &|at| source(line(at)), &mut found);
    Ok(found)
}

fn walk(
    table: &DeTable<'_>,
    section: &str,
    source: &impl Fn(usize) -> Source,
    found: &mut BTreeMap<String, Entry>,
) {
    for (name, value) in table {
        let place = format!("{section}{}", name.get_ref());
        if let DeValue::Table(members) = value.get_ref()
            && !members.is_empty()
        {
            walk(members, &format!("{place}."), source, found);
            continue;
        }
        let source_of_name = source(name.span().start);
        found.insert(place, entry(value.get_ref(), source_of_name, source));
    }
}

fn entry(value: &DeValue<'_>, source: Source, source_of: &impl Fn(usize) -> Source) -> Entry {
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            let decimal = i128::from_str_radix(number.as_str(), number.radix());
            Value::Number(
                decimal.map_or_else(|_| number.as_str().to_owned(), |number| number.to_string()),
            )
        }
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Float(number) => Value::Fraction(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| entry(item.get_ref(), source_of(item.span().start), source_of))
                .collect(),
        ),
        DeValue::Table(members) => Value::Table(
            members
                .iter()
                .map(|(name, value)| {
                    let source = source_of(name.span().start);
                    let member = entry(value.get_ref(), source, source_of);
                    (name.get_ref().to_string(), member)
                })
                .collect(),
        ),
    };
    Entry { value, source }
}
