//! The kernel's part in durable writes: as many bytes as the server has written, with as many writes in each fsync as there are
//! clients, and nothing else.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Error;

/// SQLite writes its log a page at a time, each with a header of its own.
const FRAME: usize = 24 + 4096;

/// The log is written again from its beginning when it has so many frames, as the server's is.
const FRAMES: u64 = 2000;

/// How many times in a second a thread can write `bytes` bytes and have them on disk, `group` times for each fsync.
pub(crate) fn writes_per_second(
    directory: &Path,
    bytes: f64,
    group: u32,
    window: Duration,
) -> Result<f64, Error> {
    let log = File::create(directory.join("pages"))?;
    let frame = vec![7; FRAME];
    let frame_bytes = u32::try_from(FRAME)?;
    let frames_of_group = bytes * f64::from(group) / f64::from(frame_bytes);
    let (mut groups, mut due, mut next) = (0, 0.0, 0);
    let begun = Instant::now();
    while begun.elapsed() < window {
        due += frames_of_group;
        while due >= 1.0 {
            log.write_all_at(&frame, next * u64::from(frame_bytes))?;
            next = (next + 1) % FRAMES;
            due -= 1.0;
        }
        log.sync_data()?;
        groups += 1;
    }
    Ok(f64::from(group) * f64::from(groups) / begun.elapsed().as_secs_f64())
}
