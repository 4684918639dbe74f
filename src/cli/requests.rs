//! `poolhouse requests` and `poolhouse explain`.

use std::io::{self, Write};
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};

use super::remote::RemoteArgs;
use super::{Failure, say};
use crate::remote::PATIENCE;

const ENDPOINT: &str = "/_poolhouse/requests";

/// How often new requests are looked for.
const LOOK: Duration = Duration::from_millis(300);

/// Members of a request that are shown ahead of the others, without their names.
const FIRST: [&str; 5] = ["timestamp", "level", "message", "status", "outcome"];

/// Show the last requests of the running server with their true outcome, the newest last
///
/// The server keeps a few thousand in memory, with what its log says of them, whether or not it writes a log.
#[derive(Args)]
pub(crate) struct Requests {
    /// Then show each request as it ends, until Ctrl-C
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// Say what became of one of the last requests of the running server: which checks it passed, which one refused it, and why
#[derive(Args)]
pub(crate) struct Explain {
    /// The id that the client got as `x-amzn-requestid`
    #[arg(value_name = "REQUEST_ID")]
    id: uuid::Uuid,
    #[command(flatten)]
    remote: RemoteArgs,
}

impl Requests {
    pub(super) fn run(self) -> Result<(), Failure> {
        let server = self.remote.server()?;
        let mut after = 0;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        loop {
            let target = format!("{ENDPOINT}?after={after}");
            let answer = server.call("GET", &target, None, PATIENCE)?;
            let requests = answer.get("Requests").and_then(Value::as_array);
            for request in requests.into_iter().flatten().filter_map(Value::as_object) {
                if writeln!(io::stdout(), "{}", line(request)).is_err() {
                    return Ok(());
                }
            }
            if !self.follow {
                return Ok(());
            }
            let last = answer.get("LastNumber").and_then(Value::as_u64);
            after = last.unwrap_or_default();
            runtime.block_on(tokio::time::sleep(LOOK));
        }
    }
}

impl Explain {
    pub(super) fn run(self) -> Result<(), Failure> {
        let server = self.remote.server()?;
        let target = format!("{ENDPOINT}/{}", self.id);
        let answer = server.call("GET", &target, None, PATIENCE)?;
        let request = answer.get("Request").and_then(Value::as_object);
        say(request.map(line).unwrap_or_default());
        let passed = answer.get("Passed").and_then(Value::as_array);
        for check in passed.into_iter().flatten().filter_map(Value::as_str) {
            say(format_args!("passed   {check}"));
        }
        if let Some(check) = answer.get("RefusedBy").and_then(Value::as_str) {
            let reason = request.and_then(|request| request.get("reason")?.as_str());
            let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            say(format_args!("refused  {check}{reason}"));
        }
        Ok(())
    }
}

/// A request as the log shows it to people.
fn line(request: &Map<String, Value>) -> String {
    let shown = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let first = FIRST
        .iter()
        .filter_map(|name| request.get(*name))
        .map(shown);
    let others = request
        .iter()
        .filter(|(name, _)| !FIRST.contains(&name.as_str()));
    let others = others.map(|(name, value)| format!("{name}={value}"));
    first.chain(others).collect::<Vec<_>>().join(" ")
}
