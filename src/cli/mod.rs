//! The command line: `serve` and what an operator needs beside it.
//!
//! Exit codes: 0 fine, 1 failed, 2 bad usage or settings, 3 bad seed, 4 data file not usable.

mod backup;
mod check;
mod clock;
mod compact;
mod completions;
mod copy;
mod demo;
mod faults;
mod health;
mod import;
mod manual;
mod operations;
mod outbox;
mod progress;
mod remote;
mod requests;
mod seeds;
mod serve;
mod snapshot;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::ambient::Ambient;
use crate::error::ApiError;
use crate::remote::RemoteError;
use crate::seed::SeedError;
use crate::service::StartError;
use crate::settings::{Database, PREFIX, Settings, SettingsError};
use crate::store::Unusable;

/// A self-hosted home for Amazon Cognito user pools and the devices they remember.
///
/// Unmodified AWS SDKs and the AWS CLI work against it: point them at the endpoint that `poolhouse serve` prints. The
/// registry is one SQLite file, or a PostgreSQL database that several servers share; what was answered is on disk.
#[derive(Parser)]
#[command(
    name = "poolhouse",
    version,
    after_help = "Start with: poolhouse serve --demo\n\nExit codes: 0 fine, 1 failed, 2 bad usage or settings, 3 bad seed, 4 data file not usable."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    Backup(backup::Backup),
    Check(check::Check),
    #[command(subcommand)]
    Clock(clock::Clock),
    Compact(compact::Compact),
    Completions(completions::Completions),
    Copy(copy::Copy),
    Explain(requests::Explain),
    #[command(subcommand)]
    Faults(faults::Faults),
    Health(health::Health),
    #[command(subcommand)]
    Import(import::Import),
    Manual(manual::Manual),
    Operations(operations::Operations),
    Outbox(outbox::Outbox),
    Requests(requests::Requests),
    #[command(subcommand)]
    Seed(seeds::Seed),
    #[command(subcommand)]
    Snapshot(snapshot::Snapshot),
}

/// The settings that have a flag.
#[derive(Args)]
#[command(
    next_help_heading = "Settings (each also a POOLHOUSE_... variable and a line of the settings file)"
)]
pub(crate) struct SettingsArgs {
    /// Settings file
    #[arg(
        long,
        value_name = "FILE",
        help = "Settings file [environment: POOLHOUSE_CONFIG]"
    )]
    config: Option<PathBuf>,
    /// Database file, or :memory: [default: data/poolhouse.db]
    #[arg(long, value_name = "FILE")]
    database: Option<String>,
    /// AWS Region that the server stands for [default: us-east-1]
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
    /// AWS account of the administrator's key [default: 000000000000]
    #[arg(long, value_name = "ID")]
    account: Option<String>,
}

impl SettingsArgs {
    /// The settings, with `more` flags by the setting's place.
    pub(crate) fn load(
        &self,
        more: &[(&'static str, Option<&String>)],
    ) -> Result<Settings, Failure> {
        let flags = [
            ("database", self.database.as_ref()),
            ("region", self.region.as_ref()),
            ("account", self.account.as_ref()),
        ];
        let flags: Vec<(&'static str, String)> = flags
            .iter()
            .chain(more)
            .filter_map(|(place, value)| Some((*place, (*value)?.clone())))
            .collect();
        let environment = environment()?;
        let in_environment = environment
            .iter()
            .find(|(name, _)| name == "POOLHOUSE_CONFIG")
            .map(|(_, file)| PathBuf::from(file));
        let file = self.config.clone().or(in_environment);
        if file
            .as_ref()
            .is_some_and(|file| file.as_os_str().is_empty())
        {
            let place = self
                .config
                .as_ref()
                .map_or("POOLHOUSE_CONFIG", |_| "--config");
            return Err(Failure::Settings(format!(
                "{place}: the value is empty; expected the path of a settings file"
            )));
        }
        Ok(Settings::load(file.as_deref(), environment, &flags)?)
    }
}

/// The environment variables of Poolhouse's settings.
fn environment() -> Result<Vec<(String, String)>, Failure> {
    let ours = std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        name.starts_with(PREFIX).then_some((name, value))
    });
    ours.map(|(name, value)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(Failure::Settings(format!("{name}: the value is not UTF-8"))),
    })
    .collect()
}

/// The registry's file, for a command that works on a file alone.
pub(crate) fn file_of(settings: &Settings) -> Result<&Path, Failure> {
    match &settings.database {
        Database::File(file) => Ok(file),
        Database::Memory => Err(Failure::Settings(
            "database: a registry in memory is within its server alone, which answers by HTTP. Name a file, by --database or \
             POOLHOUSE_DATABASE"
                .to_owned(),
        )),
        Database::Postgres(_) => Err(Failure::Settings(format!(
            "database: {} is kept by PostgreSQL, whose own tools do this: pg_dump or pg_basebackup copy it, and VACUUM makes room",
            settings.database
        ))),
    }
}

/// Refuses a registry that a command cannot work on: one in memory, and a file that does not exist. `creating` is the command that
/// creates one.
pub(crate) fn check_exists(settings: &Settings, creating: Option<&str>) -> Result<(), Failure> {
    match settings.database {
        Database::Postgres(_) => Ok(()),
        Database::File(_) | Database::Memory => existing_file_or(settings, creating).map(drop),
    }
}

/// The same for a command that needs an existing registry.
pub(crate) fn existing_file_of(settings: &Settings) -> Result<&Path, Failure> {
    existing_file_or(settings, None)
}

/// The same for a command that creates a registry if it is called as `creating`.
pub(crate) fn existing_file_or<'s>(
    settings: &'s Settings,
    creating: Option<&str>,
) -> Result<&'s Path, Failure> {
    let file = file_of(settings)?;
    if file.exists() {
        return Ok(file);
    }
    let so_does = creating.map_or_else(String::new, |command| format!(", and so does `{command}`"));
    Err(Failure::Database(format!(
        "{}: there is no such file. Name the registry's file, by --database or POOLHOUSE_DATABASE; `poolhouse serve` makes a new \
         registry{so_does}",
        file.display()
    )))
}

/// Why a command failed; each kind has its exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    Failed(String),
    Settings(String),
    Seed(String),
    Database(String),
}

impl Failure {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed(_) => ExitCode::from(1),
            Self::Settings(_) => ExitCode::from(2),
            Self::Seed(_) => ExitCode::from(3),
            Self::Database(_) => ExitCode::from(4),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, why) = match self {
            Self::Failed(why) => ("", why),
            Self::Settings(why) => ("settings: ", why),
            Self::Seed(why) => ("seed: ", why),
            Self::Database(why) => ("database: ", why),
        };
        write!(f, "poolhouse: {kind}{why}")
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error.to_string())
    }
}

impl From<Unusable> for Failure {
    fn from(error: Unusable) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<SeedError> for Failure {
    fn from(error: SeedError) -> Self {
        match error {
            SeedError::Unfit(why) => Self::Seed(why),
            SeedError::Store(why) => Self::Failed(why),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Database(why) => Self::Database(why),
            StartError::Seed(why) => Self::Seed(why),
            StartError::Server(why) => Self::Failed(why),
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<RemoteError> for Failure {
    fn from(RemoteError(why): RemoteError) -> Self {
        Self::Failed(why)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Runs the command of this process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    let ambient = Ambient::system();
    let result = match Cli::parse().command {
        Command::Serve(command) => command.run(&ambient),
        Command::Backup(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Clock(command) => command.run(),
        Command::Compact(command) => command.run(&ambient),
        Command::Completions(command) => command.run(),
        Command::Copy(command) => command.run(&ambient),
        Command::Explain(command) => command.run(),
        Command::Faults(command) => command.run(),
        Command::Health(command) => command.run(),
        Command::Import(command) => command.run(&ambient),
        Command::Manual(command) => command.run(),
        Command::Operations(command) => command.run(),
        Command::Outbox(command) => command.run(),
        Command::Requests(command) => command.run(),
        Command::Seed(command) => command.run(&ambient),
        Command::Snapshot(command) => command.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            failure.exit_code()
        }
    }
}

/// Prints a line. A closed standard output is not an error.
pub(crate) fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Prints a line to standard error: an error, or progress.
pub(crate) fn complain(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
