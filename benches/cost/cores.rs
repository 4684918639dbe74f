//! Processors: a measured server has the first processor, the load the second.
//!
//! So neither takes the other's time, and requests wait only for the server. On a machine with one processor both share it.

use std::ffi::OsStr;
use std::fs;
use std::process::{Command, Stdio};

use crate::Error;

const SERVER: &str = "0";
const LOAD: &str = "1";

/// A command that runs `program` on the server's processor.
pub(crate) fn on_one_core(program: impl AsRef<OsStr>) -> Command {
    if cores() < 2 {
        return Command::new(program);
    }
    let mut command = Command::new("/usr/bin/taskset");
    command.args(["--cpu-list", SERVER]).arg(program);
    command
}

/// Moves this thread to the load's processor.
pub(crate) fn take_the_other() -> Result<(), Error> {
    if cores() < 2 {
        return Ok(());
    }
    let this = fs::read_link("/proc/thread-self")?;
    let moved = Command::new("/usr/bin/taskset")
        .args(["--cpu-list", "--pid", LOAD])
        .arg(this.file_name().ok_or("the thread has no number")?)
        .stdout(Stdio::null())
        .status()?;
    if moved.success() {
        Ok(())
    } else {
        Err(format!("taskset ended with {moved}").into())
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
