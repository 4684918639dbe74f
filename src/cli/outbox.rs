//! `poolhouse outbox`.

use clap::Args;

use super::{Failure, SettingsArgs, complain, existing_file_of, say};
use crate::domain::outbox::{MessageFilter, MessageList, StoredMessage};
use crate::error::ApiError;
use crate::service;
use crate::store::{Found, read_outbox};

/// The text for an empty outbox.
const NOTHING: &str =
    "No message. Codes are sent when a sign-in asks for a second factor by SMS or email.";

/// Show the messages with codes that users were sent, the newest last
///
/// Nothing sends them: this is where codes are found. Messages are kept for a day after their codes have expired;
/// of more than 1000 the newest are shown. The server may run meanwhile. Exit code 1: there is no such pool or
/// user; 2: the registry is in memory, or the settings cannot be used; 4: there is no database, or it cannot be used.
#[derive(Args)]
pub(crate) struct Outbox {
    /// Only messages to users of this pool
    #[arg(long, value_name = "ID")]
    pool: Option<String>,
    /// Only messages to this user: a username, an email address or a phone number
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// As JSON, as GET /_poolhouse/outbox answers
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Outbox {
    pub(super) fn run(self) -> Result<(), Failure> {
        let settings = self.settings.load(&[])?;
        existing_file_of(&settings)?;
        let wanted = MessageFilter {
            account: None,
            pool: self.pool,
            user: self.username,
        };
        let found = read_outbox(&settings.database, service::busy(&settings), &wanted)?;
        let nobody = |what: &str, name: Option<&String>| {
            let name = name.map(String::as_str).unwrap_or_default();
            Err(Failure::Failed(format!(
                "there is no {what} {name} in {}",
                settings.database
            )))
        };
        let messages = match found {
            Found::Messages(messages) => messages,
            Found::NoSuchPool => return nobody("user pool", wanted.pool.as_ref()),
            Found::NoSuchUser => return nobody("user", wanted.user.as_ref()),
        };
        if self.json {
            let json = serde_json::to_string_pretty(&MessageList { messages });
            say(json.map_err(ApiError::internal)?);
        } else if messages.is_empty() {
            complain(NOTHING);
        } else {
            messages.iter().map(line).for_each(say);
        }
        Ok(())
    }
}

fn line(message: &StoredMessage) -> String {
    let created = message.creation_date.date_time();
    format!(
        "{}  {}  {}  {} {}  {}  {}",
        created.format("%Y-%m-%dT%H:%M:%SZ"),
        message.user_pool_id,
        message.username.as_str(),
        message.delivery_medium,
        message.destination.expose(),
        message.purpose,
        message.code.expose(),
    )
}
