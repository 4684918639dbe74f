//! `poolhouse import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::seeds::Into;
use super::{Failure, SettingsArgs, complain};
use crate::ambient::Ambient;
use crate::seed::{self, Converted, SeedFile};

/// Take over what another stand-in for Cognito keeps
#[derive(Subcommand)]
pub(crate) enum Import {
    CognitoLocal(CognitoLocal),
}

/// Take over the pools, clients, users, passwords, authenticators and groups of cognito-local
///
/// What cannot come along, or means something else here, is said on standard error, a line each. What cognito-local keeps and
/// Cognito would refuse is refused, with its place; mend it in the folder and import again. All of it is taken over, or nothing.
/// Importing again changes what has changed in the folder.
#[derive(Args)]
pub(crate) struct CognitoLocal {
    /// The folder `.cognito`, or `.cognito/db`
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    #[command(flatten)]
    into: Into,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Import {
    pub(super) fn run(self, ambient: &Ambient) -> Result<(), Failure> {
        match self {
            Self::CognitoLocal(command) => command.run(ambient),
        }
    }
}

impl CognitoLocal {
    fn run(self, ambient: &Ambient) -> Result<(), Failure> {
        let settings = self.settings.load(&[])?;
        self.into
            .check(&settings, "poolhouse import cognito-local --create")?;
        let Converted { seed, remarks } =
            seed::convert_cognito_local(&self.folder, &settings.region)?;
        remarks.iter().for_each(complain);
        let text = seed.to_string().into_bytes();
        let file = SeedFile::parse(&self.folder, text, &settings.region)?;
        self.into.apply(settings, ambient, vec![file], None)
    }
}
