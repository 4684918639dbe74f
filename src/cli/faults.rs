//! `poolhouse faults`.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value};

use super::clock::duration;
use super::remote::RemoteArgs;
use super::{Failure, say};
use crate::remote::PATIENCE;

const ENDPOINT: &str = "/_poolhouse/faults";

/// Make requests of the running server fail, so that an app's retries can be tested
///
/// A request suffers the first fault that is set for it. Faults are in memory, and gone when the server ends. The server must
/// allow them: `test_controls` in the settings.
#[derive(Subcommand)]
pub(crate) enum Faults {
    /// List the faults
    List(List),
    /// Add a fault: an error, a delay, or a connection that is cut
    Add(Box<Add>),
    /// Remove a fault, or all of them
    Clear(Clear),
}

#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Args)]
pub(crate) struct Add {
    /// The operation, or an endpoint by its name in the log, such as `token` [default: all]
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// The user pool that the request is about [default: all]
    #[arg(long, value_name = "ID")]
    pool: Option<String>,
    /// The error to answer with: one that the operation declares, `InternalErrorException`, `ThrottlingException` or
    /// `TooManyRequestsException`
    #[arg(long, value_name = "CODE", conflicts_with = "disconnect")]
    error: Option<String>,
    /// The message of that error
    #[arg(long, value_name = "TEXT", requires = "error")]
    message: Option<String>,
    /// How long requests wait first, in milliseconds
    #[arg(long, value_name = "MILLISECONDS")]
    delay: Option<u64>,
    /// Cut the connection without an answer, before the work or when it is done
    #[arg(long)]
    disconnect: Option<When>,
    /// How many requests are struck [default: all]
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,
    /// The share of requests that are struck, from 0 to 1 [default: 1]
    #[arg(long, value_name = "SHARE")]
    share: Option<f64>,
    /// How long the fault lasts, such as 90s or 15m; a number alone is of seconds [default: until it is cleared]
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    lasts: Option<Duration>,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Args)]
pub(crate) struct Clear {
    /// The fault's number in the list [default: all]
    id: Option<u64>,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// When a connection is cut.
#[derive(Clone, Copy, ValueEnum)]
enum When {
    Before,
    After,
}

impl Faults {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => {
                let answer = list
                    .remote
                    .server()?
                    .call("GET", ENDPOINT, None, PATIENCE)?;
                let all = answer.get("Faults").and_then(Value::as_array);
                all.into_iter().flatten().map(line).for_each(say);
            }
            Self::Add(add) => {
                let (server, rule) = (add.remote.server()?, add.rule());
                let answer = server.call("POST", ENDPOINT, Some(&rule), PATIENCE)?;
                answer.get("Fault").map(line).into_iter().for_each(say);
            }
            Self::Clear(clear) => {
                let one = clear.id.map(|id| format!("{ENDPOINT}/{id}"));
                let target = one.as_deref().unwrap_or(ENDPOINT);
                clear
                    .remote
                    .server()?
                    .call("DELETE", target, None, PATIENCE)?;
            }
        }
        Ok(())
    }
}

impl Add {
    /// The fault as the endpoint takes it.
    fn rule(&self) -> Value {
        let text = |text: &Option<String>| text.clone().map(Value::from);
        let disconnect = self.disconnect.map(|when| match when {
            When::Before => Value::from("BEFORE_WORK"),
            When::After => Value::from("AFTER_WORK"),
        });
        let members = [
            ("Operation", text(&self.operation)),
            ("UserPoolId", text(&self.pool)),
            ("Error", text(&self.error)),
            ("Message", text(&self.message)),
            ("DelayMilliseconds", self.delay.map(Value::from)),
            ("Disconnect", disconnect),
            ("Count", self.count.map(Value::from)),
            ("Share", self.share.map(Value::from)),
            (
                "DurationSeconds",
                self.lasts.map(|lasts| lasts.as_secs().into()),
            ),
        ];
        let given = members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(given.collect::<Map<_, _>>())
    }
}

/// A fault as people read it: its number, what it does, and how often it has done so.
fn line(fault: &Value) -> String {
    let number = |name: &str| fault.get(name).and_then(Value::as_u64).unwrap_or_default();
    let summary = fault.get("Summary").and_then(Value::as_str);
    let has_ended = fault.get("Ended").and_then(Value::as_bool) == Some(true);
    format!(
        "{:>3}  {}  (struck {}{})",
        number("Id"),
        summary.unwrap_or_default(),
        number("Struck"),
        if has_ended { ", ended" } else { "" }
    )
}
