//! A server as a process, and the figures that the kernel has about it.

#![expect(
    clippy::disallowed_methods,
    reason = "waits for another process, in real time"
)]

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Error, cores};

const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; dropping it ends the process.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process until it was ready.
    pub(crate) start: Duration,
}

/// Poolhouse on a database, on the server's processor, with its own settings but for the quotas, the log and the address.
pub(crate) fn poolhouse(database: &Path, log: &str) -> Result<Server, Error> {
    start(
        cores::on_one_core(env!("CARGO_BIN_EXE_poolhouse")),
        database,
        log,
    )
}

/// The same on all processors, which it shares with whatever loads it.
pub(crate) fn poolhouse_on_all_cores(database: &Path) -> Result<Server, Error> {
    start(
        Command::new(env!("CARGO_BIN_EXE_poolhouse")),
        database,
        "off",
    )
}

/// The same, and it looks for expired records so often, in seconds; 0 means never.
pub(crate) fn poolhouse_removing_expired(database: &Path, every: u32) -> Result<Server, Error> {
    let settings = database.with_extension("toml");
    fs::write(&settings, format!("[store]\nexpiry_seconds = {every}\n"))?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolhouse"));
    command.arg("serve").arg("--config").arg(settings);
    serve(command, database, "off")
}

fn start(mut command: Command, database: &Path, log: &str) -> Result<Server, Error> {
    command.arg("serve");
    serve(command, database, log)
}

fn serve(mut command: Command, database: &Path, log: &str) -> Result<Server, Error> {
    command
        .args(["--listen", "127.0.0.1:0", "--limits", "off"])
        .args(["--log-format", log, "--database"])
        .arg(database);
    Server::start(command, &database.with_extension(format!("log-{log}")))
}

impl Server {
    /// Runs `command`, its output going to the file `output`, and waits until it is ready.
    pub(crate) fn start(mut command: Command, output: &Path) -> Result<Self, Error> {
        let begun = Instant::now();
        let process = command
            .env_clear()
            .stdin(Stdio::null())
            .stdout(File::create(output)?)
            .spawn()?;
        // From here on an error ends the process, too.
        let mut server = Self {
            process,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            start: Duration::ZERO,
        };
        loop {
            let told = fs::read_to_string(output)?;
            if told.lines().any(|line| line.contains("Ready.")) {
                server.start = begun.elapsed();
                server.address = address(&told)?;
                return Ok(server);
            }
            if let Some(status) = server.process.try_wait()? {
                return Err(format!("the server ended with {status}").into());
            }
            if begun.elapsed() > PATIENCE {
                return Err("the server does not get ready".into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The processor time that its threads have taken, to the nanosecond.
    pub(crate) fn cpu(&self) -> Result<Duration, Error> {
        let mut sum = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            // The time on a processor, the time waiting for one, the turns taken.
            let schedule = fs::read_to_string(task?.path().join("schedstat"))?;
            let running: u64 = schedule
                .split_whitespace()
                .next()
                .ok_or("schedstat is empty")?
                .parse()?;
            sum += running;
        }
        Ok(Duration::from_nanos(sum))
    }

    /// The bytes that it has had written to files.
    pub(crate) fn written(&self) -> Result<u64, Error> {
        let counted = fs::read_to_string(format!("/proc/{}/io", self.process.id()))?;
        let bytes = counted
            .lines()
            .find_map(|line| line.strip_prefix("write_bytes: "))
            .ok_or("the kernel does not tell what the process has written")?;
        Ok(bytes.parse()?)
    }

    /// The most memory that it has had, in bytes.
    pub(crate) fn peak_memory(&self) -> Result<u64, Error> {
        peak_memory(self.process.id())
    }
}

/// The most memory that a process has had, in bytes.
pub(crate) fn peak_memory(process: u32) -> Result<u64, Error> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let kib: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"))
        .ok_or("the process's status does not tell its peak memory")?
        .trim()
        .parse()?;
    Ok(kib * 1024)
}

impl Drop for Server {
    fn drop(&mut self) {
        // Errors do not matter here: the process may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn address(told: &str) -> Result<SocketAddr, Error> {
    let address = told
        .lines()
        .filter(|line| line.contains("Listening"))
        .find_map(|line| line.split_once("http://")?.1.split('"').next())
        .ok_or("the server does not tell its address")?;
    Ok(address.parse()?)
}
