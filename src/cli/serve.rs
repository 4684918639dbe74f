//! `poolhouse serve`.

use std::path::PathBuf;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::progress::Pace;
use super::{Failure, SettingsArgs, demo, say};
use crate::ambient::Ambient;
use crate::log;
use crate::service::Service;

/// Answer requests until SIGTERM or Ctrl-C
///
/// Creates the database file when there is none. `Ready.` is the last line of the start; from then on requests are
/// answered and each writes one line to the log. SIGTERM lets running requests finish.
///
/// Open to everybody who reaches the address are the operations that Cognito leaves open, each pool's keys and discovery
/// document, and `/_poolhouse/health` and `/_poolhouse/ready`, which tell nothing else. All else needs an access key.
#[derive(Args)]
pub(crate) struct Serve {
    /// Seed a demo pool, once, and print what to paste next
    #[arg(long)]
    demo: bool,
    /// Seed file to apply before the start; may be given several times
    #[arg(long, value_name = "FILE")]
    seed: Vec<PathBuf>,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Address to listen on; port 0 takes any free one [default: 127.0.0.1:9229]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Cognito's request quotas: on or off [default: on]
    #[arg(long, value_name = "on|off")]
    limits: Option<String>,
    /// Log lines as text or json, off, or auto: text on a terminal [default: auto]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

impl Serve {
    pub(super) fn run(self, ambient: &Ambient) -> Result<(), Failure> {
        let settings = self.settings.load(&[
            ("listen", self.listen.as_ref()),
            ("limits", self.limits.as_ref()),
            ("log.format", self.log_format.as_ref()),
        ])?;
        let service = Service::open(settings.clone(), ambient.clone())?;
        for notice in service.store().notices() {
            say(format_args!("Notice     {notice}"));
        }
        if !self.seed.is_empty() {
            say(format_args!(
                "Seed       {}",
                service.seed(&self.seed, Pace::of(ambient).lines())?
            ));
        }
        let demo = if self.demo {
            Some(demo::seed(service.store(), &settings, ambient)?)
        } else {
            None
        };
        say(format_args!("Database   {}", settings.database));
        log::start(settings.log.format, ambient);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            // Signals are caught before anybody can know that there is something to stop.
            let mut signals = (
                signal(SignalKind::terminate())?,
                signal(SignalKind::interrupt())?,
            );
            let running = service.start()?;
            say(format_args!("Listening  http://{}", running.address()));
            if let Some(demo) = demo {
                say(demo.instructions(&settings, running.address()));
            }
            say("Ready.");
            caught(&mut signals).await;
            say("Stopping.");
            Ok(running.stop()?)
        })
    }
}

async fn caught((terminate, interrupt): &mut (Signal, Signal)) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
