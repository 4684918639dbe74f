//! `poolhouse snapshot`.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::remote::RemoteArgs;
use super::{Failure, say};

const ENDPOINT: &str = "/_poolhouse/snapshots";

/// How long the server may take to copy a large registry.
const PATIENCE: Duration = Duration::from_mins(10);

/// Keep the whole registry of the running server aside, and go back to it
///
/// Requests run meanwhile. Each sees the registry as it was before or as it is after `restore`, and no connection is lost.
/// Snapshots of a database file are kept beside it, and outlive the server.
#[derive(Subcommand)]
pub(crate) enum Snapshot {
    /// Save the registry under a name, in place of an earlier snapshot of that name
    Save(Named),
    /// List the snapshots
    List(List),
    /// Make the registry what it was when the snapshot was saved
    Restore(Named),
    /// Delete the snapshot
    Delete(Named),
}

#[derive(Args)]
pub(crate) struct Named {
    /// Up to 64 letters, digits, dots, dashes and underscores
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    remote: RemoteArgs,
}

impl Snapshot {
    pub(super) fn run(self) -> Result<(), Failure> {
        let (method, end, named) = match self {
            Self::List(list) => return show(&list.remote),
            Self::Save(named) => ("PUT", "", named),
            Self::Restore(named) => ("POST", "/restore", named),
            Self::Delete(named) => ("DELETE", "", named),
        };
        let is_plain = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
        if named.name.is_empty() || !named.name.chars().all(is_plain) {
            return Err(Failure::Failed(
                "the name of a snapshot has letters, digits, dots, dashes and underscores"
                    .to_owned(),
            ));
        }
        let target = format!("{ENDPOINT}/{}{end}", named.name);
        let server = named.remote.server()?;
        let answer = server.call(method, &target, None, PATIENCE)?;
        if let Some(saved) = answer.get("Snapshot") {
            say(line(saved));
        }
        Ok(())
    }
}

fn show(remote: &RemoteArgs) -> Result<(), Failure> {
    let answer = remote.server()?.call("GET", ENDPOINT, None, PATIENCE)?;
    let all = answer.get("Snapshots").and_then(Value::as_array);
    all.into_iter().flatten().map(line).for_each(say);
    Ok(())
}

/// A snapshot as people read it: when it was saved, its size, its name.
fn line(snapshot: &Value) -> String {
    let number = |name: &str| snapshot.get(name).and_then(Value::as_f64);
    let saved = number("CreationDate").unwrap_or_default();
    let saved = DateTime::UNIX_EPOCH + Duration::try_from_secs_f64(saved).unwrap_or_default();
    let bytes = snapshot.get("Bytes").and_then(Value::as_u64);
    format!(
        "{}  {:>12} bytes  {}",
        saved.to_rfc3339_opts(SecondsFormat::Secs, true),
        bytes.unwrap_or_default(),
        snapshot
            .get("Name")
            .and_then(Value::as_str)
            .unwrap_or_default()
    )
}
