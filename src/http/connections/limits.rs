//! The limits of the connections: a worker's share of the settings, and of the files that the process may open.

use std::fs;
use std::time::Duration;

use crate::settings::HttpSettings;

/// The open files that the process needs besides its connections: those of the database, the threads and the log.
const OWN_FILES: usize = 128;

/// The most connections if the system does not limit open files.
const UNLIMITED: usize = 100_000;

/// The size of a usual head, in bytes. Only the head and the body have been read.
pub(super) const USUAL_HEAD: usize = 16 * 1024;

/// The limits of one worker's connections.
#[derive(Clone)]
pub(in crate::http) struct Limits {
    /// The connections before one gives way to a new one.
    pub(super) connections: usize,
    /// The connections that may be accepted on top, while others are ending.
    spare: usize,
    /// The bytes of unfinished requests.
    pub(super) bytes: usize,
    pub(super) head: Duration,
    pub(super) body: Duration,
    pub(super) idle: Duration,
}

impl Limits {
    /// The limits of each worker, as its share of the settings.
    pub(in crate::http) fn new(settings: &HttpSettings) -> Self {
        let workers = settings.worker_count();
        let all = match settings.max_connections {
            0 => fs::read_to_string("/proc/self/limits")
                .ok()
                .and_then(|limits| open_files(&limits))
                .map_or(UNLIMITED, beside),
            limit => limit,
        };
        let own = (all / workers).max(2);
        let spare = (own / 8).clamp(1, 64);
        let bytes = settings.max_unfinished_bytes / workers;
        let time = |seconds| match seconds {
            0 => Duration::MAX,
            seconds => Duration::from_secs(seconds),
        };
        Self {
            connections: own.saturating_sub(spare),
            spare,
            // A single request always fits.
            bytes: bytes.max(settings.max_body_bytes.saturating_add(USUAL_HEAD)),
            head: time(settings.head_seconds),
            body: time(settings.body_seconds),
            idle: time(settings.keep_alive_seconds),
        }
    }

    /// The most connections that are accepted at once.
    pub(in crate::http) fn accepted(&self) -> usize {
        self.connections.saturating_add(self.spare)
    }
}

/// The soft limit on open files that Linux reports. Returns `None` if there is no limit.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The part of the limit that is left for connections: at least half of it.
fn beside(limit: usize) -> usize {
    limit.saturating_sub(OWN_FILES).max(limit / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_on_open_files_is_read_and_some_are_spared() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max processes             63432                63432                processes \n\
                      Max open files            1024                 524288               files     \n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(open_files(&limits.replace("1024 ", "unlimited ")), None);
        assert_eq!(beside(1024), 896);
        assert_eq!(beside(64), 32);
        assert!(open_files(&fs::read_to_string("/proc/self/limits").unwrap()).is_some());
    }
}
