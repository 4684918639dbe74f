//! Which running server a command asks.

use clap::Args;

use super::{Failure, SettingsArgs};
use crate::remote::Remote;
use crate::settings::Settings;

/// Where the server is, and the key to sign with.
#[derive(Args)]
pub(super) struct RemoteArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Address that the server listens on [default: 127.0.0.1:9229]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

impl RemoteArgs {
    /// The settings of the server.
    pub(super) fn load(&self) -> Result<Settings, Failure> {
        self.settings.load(&[("listen", self.listen.as_ref())])
    }

    /// The server, to be asked with the first access key of the settings.
    pub(super) fn server(&self) -> Result<Remote, Failure> {
        let settings = self.load()?;
        Remote::new(settings.listen, &settings).ok_or_else(|| {
            Failure::Settings("access_key_id: the server takes no access key".to_owned())
        })
    }
}
