//! Settings: where they come from, which wins, and what is refused.

mod mistakes;
mod sources;
mod values;

use poolhouse::settings::Settings;

use crate::world::Tool;

fn load(
    file: Option<&str>,
    environment: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Settings, String> {
    let tool = Tool::new();
    let path = file.map(|text| tool.write("settings.toml", text));
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let flags: Vec<(&'static str, String)> = flags
        .iter()
        .map(|(place, value)| (*place, (*value).to_owned()))
        .collect();
    Settings::load(path.as_deref(), environment, &flags).map_err(|error| error.to_string())
}
