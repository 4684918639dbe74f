//! `poolhouse serve`.

use std::path::PathBuf;
use std::time::Duration;
use std::{fs, future, io, panic, process};

use clap::Args;
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::demo::Demo;
use super::progress::Pace;
use super::{Failure, SettingsArgs, demo};
use crate::ambient::Ambient;
use crate::log::Log;
use crate::service::Service;
use crate::settings::Settings;

/// How long the log may take at the end: its reader may have stopped.
const LOG_TIME: Duration = Duration::from_secs(1);

/// How long the log may take if stopping has already taken long.
const LAST_LINE_TIME: Duration = Duration::from_millis(100);

/// How long after a signal further signals count as the same. GNU `timeout`, and a terminal with a script in between, signal the
/// process and its group, so one intention to stop the server arrives twice.
const SAME_SIGNAL: Duration = Duration::from_millis(500);

/// Answer requests until SIGTERM, SIGHUP or Ctrl-C
///
/// Creates the database file when there is none. `Ready.` is in the last line of the start; from then on requests are
/// answered and each writes one line to the log. The signal lets running requests finish; a second one, half a second later
/// or more, ends the server at once.
///
/// Open to everybody who reaches the address are the operations that Cognito leaves open, each pool's keys and discovery
/// document, the files of the console at `/_poolhouse/console/`, which hold nothing, and `/_poolhouse/health` and
/// `/_poolhouse/ready`, which tell nothing else. The file of an import goes to a URL that is signed. All else needs an access
/// key.
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
    /// Address of the OpenTelemetry collector that gets traces [default: none]
    #[arg(long, value_name = "URL")]
    traces_endpoint: Option<String>,
}

impl Serve {
    pub(super) fn run(self, ambient: &Ambient) -> Result<(), Failure> {
        let settings = self.settings.load(&[
            ("listen", self.listen.as_ref()),
            ("limits", self.limits.as_ref()),
            ("log.format", self.log_format.as_ref()),
            ("traces.endpoint", self.traces_endpoint.as_ref()),
        ])?;
        let log = Log::start(settings.log.format, ambient)?;
        let mut flush_for = LOG_TIME;
        let served = self.serve(&settings, ambient, &log, &mut flush_for);
        log.flush(flush_for);
        served
    }

    /// Serves until the server stops. `flush_for` is how long the log may take afterwards.
    fn serve(
        &self,
        settings: &Settings,
        ambient: &Ambient,
        log: &Log,
        flush_for: &mut Duration,
    ) -> Result<(), Failure> {
        let service = Service::open(settings.clone(), ambient.clone())?.logging_to(log.clone());
        for notice in service.store().notices() {
            log.event("Notice", Some(("notice", notice.clone())));
        }
        let demo = match self.fill(&service, settings, ambient, log) {
            Ok(demo) => demo,
            Err(failure) => {
                service.discard();
                return Err(failure);
            }
        };
        log.event("Database", Some(("file", settings.database.to_string())));
        tell_of_panics(log.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            // Signals are caught before anybody can know that there is a server to stop.
            let mut signals = Signals::catch()?;
            let running = service.start()?;
            let address = running.address();
            log.event("Listening", Some(("url", format!("http://{address}"))));
            if let Some(demo) = demo {
                log.tell_people(demo.instructions(settings, address));
            }
            log.event("Ready.", None);
            tell_supervisor(log, NotifyState::Ready);
            signals.next().await;
            log.event("Stopping.", None);
            tell_supervisor(log, NotifyState::Stopping);
            let (time, begun) = (settings.http.shutdown_time(), ambient.elapsed());
            let stopped = tokio::select! {
                stopped = tokio::task::spawn_blocking(|| running.stop()) => stopped,
                status = signals.second() => end_now(log, "Stopped at once by a second signal.", status),
                () = tokio::time::sleep(time) => {
                    end_now(log, "Stopped, though not all had ended in time.", 1)
                }
            };
            let left = time.saturating_sub(ambient.elapsed().saturating_sub(begun));
            *flush_for = left.min(LOG_TIME);
            Ok(stopped.map_err(io::Error::other)??)
        })
    }

    /// Applies the seeds, and the demo if it is asked for.
    fn fill(
        &self,
        service: &Service,
        settings: &Settings,
        ambient: &Ambient,
        log: &Log,
    ) -> Result<Option<Demo>, Failure> {
        if !self.seed.is_empty() {
            let terminal = log.clone();
            let tell = Pace::of(ambient).lines_to(move |progress| terminal.progress(progress));
            log.event("Seed", Some(("summary", service.seed(&self.seed, tell)?)));
        }
        let demo = self
            .demo
            .then(|| demo::seed(service.store(), (settings, service.address()), ambient));
        demo.transpose()
    }
}

/// Tells the supervisor that started this process, if it names a socket for that (`NOTIFY_SOCKET`, systemd's `sd_notify`).
fn tell_supervisor(log: &Log, state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        let notice = format!("the supervisor's NOTIFY_SOCKET cannot be written to: {error}");
        log.event("Notice", Some(("notice", notice)));
    }
}

/// Ends the process at once: every answered write is on disk.
fn end_now(log: &Log, why: &'static str, status: u8) -> ! {
    log.event(why, None);
    log.flush(LAST_LINE_TIME);
    process::exit(i32::from(status))
}

/// Logs panics by their place, without the values at hand. The default handler would block on the reader of standard error.
fn tell_of_panics(log: Log) {
    panic::set_hook(Box::new(move |panic| {
        let place = panic
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        log.fault("A thread panicked.", ("place", place));
    }));
}

/// The signals that end the server.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Option<Signal>,
}

impl Signals {
    fn catch() -> io::Result<Self> {
        // A program that was started by `nohup` is to outlive the terminal.
        let hang_up = (!ignores_hang_up()).then(|| signal(SignalKind::hangup()));
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: hang_up.transpose()?,
        })
    }

    /// Waits for another signal after the first; see [`SAME_SIGNAL`].
    async fn second(&mut self) -> u8 {
        let same = tokio::time::sleep(SAME_SIGNAL);
        tokio::pin!(same);
        loop {
            tokio::select! {
                _ = self.next() => {}
                () = &mut same => return self.next().await,
            }
        }
    }

    /// Waits for a signal. Returns the exit status of a process that it ends at once, as shells have it.
    async fn next(&mut self) -> u8 {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => 128 + 15,
            _ = self.interrupt.recv() => 128 + 2,
            _ = hang_up => 128 + 1,
        }
    }
}

/// Whether the process was started with SIGHUP ignored, as Linux reports it.
fn ignores_hang_up() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_first_signal(&status))
}

fn ignores_first_signal(status: &str) -> bool {
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_tells_which_signals_are_ignored() {
        let status = |mask: &str| format!("SigBlk:\t0000000000000001\nSigIgn:\t{mask}\n");
        assert!(ignores_first_signal(&status("0000000000001001")));
        assert!(!ignores_first_signal(&status("0000000000001000")));
        assert!(!ignores_first_signal(""));
    }
}
