//! `poolhouse outbox`.

use std::io::{self, Write};
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::spawn_blocking;

use super::{Failure, SettingsArgs, check_exists, complain, say};
use crate::domain::outbox::{MessageFilter, StoredMessage};
use crate::error::ApiError;
use crate::service;
use crate::settings::Settings;
use crate::store::{Found, read_new_messages, read_outbox};

/// The text for an empty outbox.
const NOTHING: &str =
    "No message. Codes are sent when a sign-in asks for a second factor by SMS or email.";

/// How often new messages are looked for.
const LOOK: Duration = Duration::from_millis(200);

/// Show the messages with codes that users were sent, the newest last
///
/// This is where codes are found, sent by email or not; a line says how far an email has got. Messages are kept for a day after their codes have expired;
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
    /// As JSON, as GET /_poolhouse/outbox answers; with --follow one message a line
    #[arg(long)]
    json: bool,
    /// Then show new messages as they come, until Ctrl-C; pool and user need not exist yet
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Outbox {
    pub(super) fn run(self) -> Result<(), Failure> {
        let settings = self.settings.load(&[])?;
        check_exists(&settings, None)?;
        let wanted = MessageFilter {
            account: None,
            pool: self.pool,
            user: self.username,
            after: 0,
        };
        if self.follow {
            follow(&settings, wanted, self.json)
        } else {
            show(&settings, &wanted, self.json)
        }
    }
}

/// Shows the messages that are there.
fn show(settings: &Settings, wanted: &MessageFilter, json: bool) -> Result<(), Failure> {
    let found = read_outbox(&settings.database, service::busy(settings), wanted)?;
    let nobody = |what: &str, name: Option<&String>| {
        let name = name.map(String::as_str).unwrap_or_default();
        Err(Failure::Failed(format!(
            "there is no {what} {name} in {}",
            settings.database
        )))
    };
    let list = match found {
        Found::Messages(list) => list,
        Found::NoSuchPool => return nobody("user pool", wanted.pool.as_ref()),
        Found::NoSuchUser => return nobody("user", wanted.user.as_ref()),
    };
    if json {
        say(serde_json::to_string_pretty(&list).map_err(ApiError::internal)?);
    } else if list.messages.is_empty() {
        complain(NOTHING);
    } else {
        list.messages.iter().map(line).for_each(say);
    }
    Ok(())
}

/// Shows the messages that are there, then each that comes, until Ctrl-C or until nobody reads standard output.
fn follow(settings: &Settings, mut wanted: MessageFilter, json: bool) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut interrupted = signal(SignalKind::interrupt())?;
        loop {
            let busy = service::busy(settings);
            let (database, looked) = (settings.database.clone(), wanted.clone());
            let list = spawn_blocking(move || read_new_messages(&database, busy, &looked));
            let list = list.await.map_err(ApiError::internal)??;
            for message in &list.messages {
                let shown = if json {
                    serde_json::to_string(message).map_err(ApiError::internal)?
                } else {
                    line(message)
                };
                if writeln!(io::stdout(), "{shown}").is_err() {
                    return Ok(());
                }
            }
            wanted.after = list.last_id;
            tokio::select! {
                _ = interrupted.recv() => return Ok(()),
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    })
}

fn line(message: &StoredMessage) -> String {
    let created = message.creation_date.date_time();
    let delivery = message.delivery.as_ref();
    let delivery =
        delivery.map_or_else(String::new, |delivery| format!("  {}", delivery.in_words()));
    format!(
        "{}  {}  {}  {} {}{delivery}  {}  {}",
        created.format("%Y-%m-%dT%H:%M:%SZ"),
        message.user_pool_id,
        message.username.as_str(),
        message.delivery_medium,
        message.destination.expose(),
        message.purpose,
        message.code.expose(),
    )
}
