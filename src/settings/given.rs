//! Values of settings, each with its source.
//!
//! The layers stay separate until each value is read, so that an error can name the setting, its source and the expected form.
//! Errors never show the values of secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::SettingsError;
use super::forms::nearest;
use crate::api::Sensitive;

/// The settings that only a file can hold: lists of tables, which no single text can express.
const IN_FILES_ALONE: [&str; 1] = ["access_keys"];

/// Environment variables with the prefix that are not settings: the path of the settings file, and the binary that the tests of
/// the clients run.
const NO_SETTINGS: [&str; 2] = ["POOLHOUSE_CONFIG", "POOLHOUSE_BIN"];

/// The prefix of the environment variables of settings.
pub(crate) const PREFIX: &str = "POOLHOUSE_";

/// The source of a value.
#[derive(Debug, Clone)]
enum Source {
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

/// A value whose setting is not known yet.
#[derive(Clone)]
enum Value {
    Text(String),
    /// A whole number, in decimal digits.
    Number(String),
    Flag(bool),
    List(Vec<Entry>),
    Table(BTreeMap<String, Entry>),
    /// A value that no setting has: a fraction or a date.
    Other(&'static str),
}

#[derive(Clone)]
struct Entry {
    value: Value,
    source: Source,
}

/// All settings by their dotted paths, each with the value of the last layer.
pub(super) struct Given(BTreeMap<String, Entry>);

impl Given {
    /// Merges the layers: `defaults`, which has all existing settings, the text of a settings file, the environment, and flags
    /// by the path of their setting.
    ///
    /// # Errors
    /// When a layer names an unknown setting, or the file is not TOML.
    pub(super) fn new(
        defaults: &str,
        file: Option<(&Path, &str)>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[(&'static str, String)],
    ) -> Result<Self, SettingsError> {
        let mut given = Self(flat(defaults, |_| Source::Default, "built-in defaults")?);
        if let Some((path, text)) = file {
            let file = path.display().to_string();
            let source = |line| Source::File {
                file: file.clone(),
                line,
            };
            for (place, entry) in flat(text, source, &file)? {
                given.put(&place, entry)?;
            }
        }
        for (name, text) in environment {
            if let Some(place) = given.place_of(&name, &text)? {
                let source = Source::Environment(name);
                let value = Value::Text(text);
                given.0.insert(place, Entry { value, source });
            }
        }
        for (place, text) in flags {
            let source = Source::Flag(format!("--{}", place.replace('.', "-")));
            let value = Value::Text(text.clone());
            given.put(place, Entry { value, source })?;
        }
        Ok(given)
    }

    fn put(&mut self, place: &str, entry: Entry) -> Result<(), SettingsError> {
        if self.0.contains_key(place) {
            self.0.insert(place.to_owned(), entry);
            return Ok(());
        }
        let source = &entry.source;
        let section = format!("{place}.");
        if self.0.keys().any(|known| known.starts_with(&section)) {
            if matches!(&entry.value, Value::Table(members) if members.is_empty()) {
                return Ok(());
            }
            return Err(SettingsError(format!(
                "{place} ({source}): this is a section; its settings stand below a line [{place}]"
            )));
        }
        let hint = nearest(place, self.0.keys().map(String::as_str));
        Err(SettingsError(format!(
            "{place} ({source}): there is no such setting{hint}"
        )))
    }

    /// The path of the setting of an environment variable. Returns `None` for a variable that is not Poolhouse's.
    fn place_of(&self, name: &str, text: &str) -> Result<Option<String>, SettingsError> {
        let Some(own) = name.strip_prefix(PREFIX) else {
            return Ok(None);
        };
        if NO_SETTINGS.contains(&name) || is_service_link(own, text) {
            return Ok(None);
        }
        let variable = |place: &str| place.replace('.', "_").to_uppercase();
        let mut places = self
            .0
            .keys()
            .filter(|place| !IN_FILES_ALONE.contains(&place.as_str()));
        if let Some(place) = places.clone().find(|place| variable(place) == own) {
            return Ok(Some(place.clone()));
        }
        if let Some(place) = IN_FILES_ALONE.iter().find(|place| variable(place) == own) {
            return Err(SettingsError(format!(
                "{place} (environment variable {name}): this setting stands in a settings file alone"
            )));
        }
        let known: Vec<String> = places
            .by_ref()
            .map(|place| format!("{PREFIX}{}", variable(place)))
            .collect();
        let hint = nearest(
            name,
            known.iter().map(String::as_str).chain(["POOLHOUSE_CONFIG"]),
        );
        Err(SettingsError(format!(
            "{name}: there is no setting for this environment variable{hint}"
        )))
    }

    /// The paths in a section.
    pub(super) fn places<'g>(&'g self, section: &'g str) -> impl Iterator<Item = &'g str> {
        let places = self.0.keys().map(String::as_str);
        places.filter(move |place| place.starts_with(section))
    }

    /// The setting at a path.
    ///
    /// # Errors
    /// When the defaults do not have the setting.
    pub(super) fn at(&self, place: &str) -> Result<Setting<'_>, SettingsError> {
        let entry = self
            .0
            .get(place)
            .ok_or_else(|| SettingsError(format!("{place}: the defaults lack this setting")))?;
        Ok(Setting {
            place: place.to_owned(),
            entry,
        })
    }
}

/// Whether this is a variable that Kubernetes, and Docker before it, set for a service of Poolhouse's name.
fn is_service_link(own: &str, text: &str) -> bool {
    own == "SERVICE_HOST"
        || own.starts_with("SERVICE_PORT")
        || own == "PORT" && text.contains("://")
        || own
            .strip_prefix("PORT_")
            .is_some_and(|port| port.starts_with(|first: char| first.is_ascii_digit()))
}

/// All values of a TOML text by their dotted paths; lists stay whole.
fn flat(
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
        DeValue::Float(_) => Value::Other("a fraction"),
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

/// A setting that is being read.
pub(super) struct Setting<'g> {
    place: String,
    entry: &'g Entry,
}

impl<'g> Setting<'g> {
    /// The beginning of an error: the setting and the source of its value.
    pub(super) fn label(&self) -> String {
        format!("{} ({})", self.place, self.entry.source)
    }

    /// An error about the value that does not show it.
    pub(super) fn refuse(&self, why: impl fmt::Display) -> SettingsError {
        SettingsError(format!("{}: {why}", self.label()))
    }

    /// An error about the value that names the expected form.
    pub(super) fn unexpected(&self, expected: impl fmt::Display) -> SettingsError {
        let shown = match &self.entry.value {
            Value::Text(text) => format!("'{}'", text.escape_debug()),
            Value::Number(number) => number.clone(),
            Value::Flag(flag) => flag.to_string(),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
            Value::Other(kind) => (*kind).to_owned(),
        };
        self.refuse(format_args!("{shown} cannot be used; expected {expected}"))
    }

    /// The value that `parse` makes of the text or number.
    pub(super) fn formed<T>(
        &self,
        expected: impl fmt::Display,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, SettingsError> {
        let parsed = match &self.entry.value {
            Value::Text(text) | Value::Number(text) => parse(text),
            Value::Flag(flag) => parse(if *flag { "true" } else { "false" }),
            Value::List(_) | Value::Table(_) | Value::Other(_) => None,
        };
        parsed.ok_or_else(|| self.unexpected(expected))
    }

    /// On or off.
    pub(super) fn flag(&self) -> Result<bool, SettingsError> {
        self.formed("on or off", |text| match text {
            "on" | "true" => Some(true),
            "off" | "false" => Some(false),
            _ => None,
        })
    }

    /// A whole number of the range.
    pub(super) fn number<T: TryFrom<u64>>(
        &self,
        range: RangeInclusive<u64>,
    ) -> Result<T, SettingsError> {
        let (least, most) = (range.start(), range.end());
        let expected = format!("a whole number from {least} to {most}");
        self.formed(expected, |text| {
            let number: u64 = text.parse().ok()?;
            T::try_from(Some(number).filter(|number| range.contains(number))?).ok()
        })
    }

    /// One of these words.
    pub(super) fn choice<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, SettingsError> {
        let all: Vec<String> = words
            .iter()
            .map(|(word, _)| format!("\"{word}\""))
            .collect();
        self.formed(all.join(", or ").as_str(), |text| {
            let found = words.iter().find(|(word, _)| *word == text)?;
            Some(found.1)
        })
    }

    /// A text.
    pub(super) fn text(&self) -> Result<&'g str, SettingsError> {
        match &self.entry.value {
            Value::Text(text) => Ok(text),
            Value::Number(_)
            | Value::Flag(_)
            | Value::List(_)
            | Value::Table(_)
            | Value::Other(_) => Err(self.unexpected("a text in quotes")),
        }
    }

    /// A text that errors never show.
    pub(super) fn secret(&self) -> Result<Sensitive<String>, SettingsError> {
        let text = self
            .text()
            .map_err(|_| self.refuse("expected a text in quotes"))?;
        Ok(text.to_owned().into())
    }

    /// A list whose items `parse` makes. In the environment it is one text with commas between the items.
    pub(super) fn list<T>(
        &self,
        expected: impl fmt::Display,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, SettingsError> {
        if let Value::Text(text) = &self.entry.value {
            let items = text.split(',').map(str::trim);
            let parsed = items.filter(|item| !item.is_empty()).map(parse);
            return parsed
                .collect::<Option<_>>()
                .ok_or_else(|| self.unexpected(expected));
        }
        let items = self.items()?;
        let parsed = items.iter().map(|item| item.formed(&expected, &parse));
        parsed.collect()
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Result<Vec<Setting<'g>>, SettingsError> {
        let Value::List(items) = &self.entry.value else {
            return Err(self.unexpected("a list"));
        };
        let items = items.iter().enumerate().map(|(number, entry)| Setting {
            place: format!("{}[{number}]", self.place),
            entry,
        });
        Ok(items.collect())
    }

    /// The members of a table, which may have only these names.
    pub(super) fn members(&self, known: &[&str]) -> Result<Members<'g>, SettingsError> {
        let Value::Table(members) = &self.entry.value else {
            return Err(self.unexpected("a table"));
        };
        for (name, entry) in members {
            if !known.contains(&name.as_str()) {
                let hint = nearest(name, known.iter().copied());
                return Err(SettingsError(format!(
                    "{}.{name} ({}): there is no such setting{hint}",
                    self.place, entry.source
                )));
            }
        }
        Ok(Members {
            label: self.label(),
            place: self.place.clone(),
            given: members,
        })
    }
}

/// The members of a table.
pub(super) struct Members<'g> {
    label: String,
    place: String,
    given: &'g BTreeMap<String, Entry>,
}

impl<'g> Members<'g> {
    /// A member, if it was given.
    pub(super) fn find(&self, name: &str) -> Option<Setting<'g>> {
        let entry = self.given.get(name)?;
        Some(Setting {
            place: format!("{}.{name}", self.place),
            entry,
        })
    }

    /// A member that must be given.
    pub(super) fn need(&self, name: &str) -> Result<Setting<'g>, SettingsError> {
        self.find(name)
            .ok_or_else(|| SettingsError(format!("{}: '{name}' is missing", self.label)))
    }
}
