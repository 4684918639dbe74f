//! A setting that is being read: its value in the form that its reader expects.
//!
//! The value keeps its source until it is read, so that an error can name the setting, the source and the expected form. Errors
//! never show the values of secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use super::SettingsError;
use super::forms::nearest;
use super::value::{Entry, Value};
use crate::api::Sensitive;

/// A setting that is being read.
pub(super) struct Setting<'g> {
    place: String,
    entry: &'g Entry,
}

impl<'g> Setting<'g> {
    /// The setting at a dotted path, with its value.
    pub(super) fn new(place: &str, entry: &'g Entry) -> Self {
        Self {
            place: place.to_owned(),
            entry,
        }
    }

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
            Value::Fraction(_) => "a fraction".to_owned(),
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
            Value::Fraction(_) | Value::List(_) | Value::Table(_) | Value::Other(_) => None,
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

    /// A share, from 0 to 1.
    pub(super) fn share(&self) -> Result<f64, SettingsError> {
        let expected = "a number from 0 to 1, such as 0.1";
        let share = if let Value::Fraction(share) = self.entry.value {
            share
        } else {
            self.formed(expected, |text| text.parse().ok())?
        };
        let is_share = (0.0..=1.0).contains(&share);
        is_share.then_some(share).ok_or_else(|| {
            let given = format_args!("{share} cannot be used; expected {expected}");
            self.refuse(given)
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
            | Value::Fraction(_)
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
