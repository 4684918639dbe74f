//! `poolhouse health`.

use clap::Args;

use super::remote::RemoteArgs;
use super::{Failure, say};
use crate::remote::{PATIENCE, Request, no_answer, reachable};

/// Ask the running server whether it answers requests; the exit code is 0 if it does
///
/// Made for container health checks: it needs no shell and no other program.
#[derive(Args)]
pub(crate) struct Health {
    #[command(flatten)]
    remote: RemoteArgs,
}

impl Health {
    pub(super) fn run(self) -> Result<(), Failure> {
        let address = reachable(self.remote.load()?.listen);
        let ask = Request {
            method: "GET",
            target: "/_poolhouse/ready",
            headers: &[("Host", address.to_string())],
            body: "",
        };
        let (status, _) = ask
            .send(address, PATIENCE)
            .map_err(|error| Failure::Failed(no_answer(address, PATIENCE, &error)))?;
        if status.split_whitespace().nth(1) == Some("200") {
            say(format_args!("{address} answers requests."));
            Ok(())
        } else {
            Err(Failure::Failed(format!(
                "{address} is not ready: {}",
                status.trim_end()
            )))
        }
    }
}
