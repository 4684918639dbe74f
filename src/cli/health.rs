//! `poolhouse health`.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::Args;

use super::{Failure, SettingsArgs, say};

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ask the running server whether it answers requests; the exit code is 0 if it does
///
/// Made for container health checks: it needs no shell and no other program.
#[derive(Args)]
pub(crate) struct Health {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Address that the server listens on [default: 127.0.0.1:9229]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

impl Health {
    pub(super) fn run(self) -> Result<(), Failure> {
        let settings = self.settings.load(&[("listen", self.listen.as_ref())])?;
        let address = reachable(settings.listen);
        let status = ask(address).map_err(|error| Failure::Failed(no_answer(address, &error)))?;
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

/// The reason for a missing answer: a timeout, or the system's message.
fn no_answer(address: SocketAddr, error: &io::Error) -> String {
    if matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    ) {
        let seconds = PATIENCE.as_secs();
        format!("{address} did not answer within {seconds} seconds")
    } else {
        format!("no answer from {address}: {error}")
    }
}

/// The address to ask a server that listens on all addresses.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// The status line of the answer to `GET /_poolhouse/ready`.
fn ask(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET /_poolhouse/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut status = String::new();
    BufReader::new(stream).read_line(&mut status)?;
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_takes_too_long_is_told_from_one_that_is_not_there() {
        let address: SocketAddr = "127.0.0.1:9229".parse().unwrap();
        for late in [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut] {
            assert_eq!(
                no_answer(address, &late.into()),
                "127.0.0.1:9229 did not answer within 5 seconds"
            );
        }
        assert_eq!(
            no_answer(address, &io::ErrorKind::ConnectionRefused.into()),
            "no answer from 127.0.0.1:9229: connection refused"
        );
    }
}
