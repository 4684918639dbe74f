//! The layers of the settings, merged: every setting with the value of the last layer that has it, and with the source of the
//! value.

use std::collections::BTreeMap;
use std::path::Path;

use super::SettingsError;
use super::forms::nearest;
use super::setting::Setting;
use super::value::{Entry, Source, Value, flat};

/// The settings that only a file can hold: lists of tables, which no single text can express.
const IN_FILES_ALONE: [&str; 1] = ["access_keys"];

/// Environment variables with the prefix that are not settings: the path of the settings file, and the binary that the tests of
/// the clients run.
const NO_SETTINGS: [&str; 2] = ["POOLHOUSE_CONFIG", "POOLHOUSE_BIN"];

/// The prefix of the environment variables of settings.
pub(crate) const PREFIX: &str = "POOLHOUSE_";

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
        Ok(Setting::new(place, entry))
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
