//! `poolhouse outbox`.

use clap::Args;

use super::{Failure, SettingsArgs, say};
use crate::ids::{UserPoolId, Username};
use crate::service;
use crate::settings::Database;
use crate::store::KeptMessage;

/// Show the messages with codes that Cognito would have sent to users, the newest last
///
/// Nothing is ever sent: codes for second factors wait here, and for a caller with an access key at /_poolhouse/outbox. A
/// message is kept until a day after its code has expired.
#[derive(Args)]
pub(crate) struct Outbox {
    /// Only those of this pool
    #[arg(long, value_name = "ID")]
    pool: Option<String>,
    /// Only those to this user
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// One JSON object a line, for machines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Outbox {
    pub(super) fn run(self) -> Result<(), Failure> {
        let settings = self.settings.load(&[])?;
        if let Database::File(path) = &settings.database
            && !path.exists()
        {
            return Err(Failure::Database(format!(
                "{} does not exist",
                settings.database
            )));
        }
        let store = service::open_store(&settings)?;
        let pool = self.pool.map(UserPoolId::from);
        let username = self.username.map(Username::from);
        let messages = store.read(|tx| tx.outbox(None, pool.as_ref(), username.as_ref()))?;
        if messages.is_empty() && !self.json {
            say("The outbox is empty.");
        }
        for message in messages {
            if self.json {
                let line = serde_json::to_string(&message);
                say(line.map_err(|error| Failure::Failed(error.to_string()))?);
            } else {
                say(line(&message));
            }
        }
        Ok(())
    }
}

fn line(message: &KeptMessage) -> String {
    let date = message.create_date.date_time().format("%Y-%m-%d %H:%M:%S");
    format!(
        "{date}  {}  {}  {} to {}: {} for {}",
        message.user_pool_id,
        message.username.as_str(),
        message.delivery_medium,
        message.destination,
        message.code,
        message.purpose,
    )
}
