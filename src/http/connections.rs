//! How many connections there may be, and those that send nothing.

use std::any::Any;
use std::cell::Cell;
use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use actix_web::rt::net::TcpStream;

use super::exchange::canonical;
use crate::ambient::Ambient;
use crate::log::Log;
use crate::settings::HttpSettings;

/// A connection. One that ends before it has sent a whole request has a line in the log, since no request has one for it.
pub(super) struct Connection {
    log: Log,
    ambient: Ambient,
    source_ip: Option<IpAddr>,
    begun: Duration,
    has_sent_a_request: Cell<bool>,
}

impl Connection {
    /// What is to be kept with the connection of this socket, where the log has lines.
    pub(super) fn begin(socket: &dyn Any, log: &Log, ambient: &Ambient) -> Option<Self> {
        let peer = || socket.downcast_ref::<TcpStream>()?.peer_addr().ok();
        log.tells_requests().then(|| Self {
            log: log.clone(),
            ambient: ambient.clone(),
            source_ip: peer().map(|address| canonical(address.ip())),
            begun: ambient.elapsed(),
            has_sent_a_request: Cell::new(false),
        })
    }

    pub(super) fn has_sent_a_request(&self) {
        self.has_sent_a_request.set(true);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.has_sent_a_request.get() {
            let duration = self.ambient.elapsed().saturating_sub(self.begun);
            self.log.connection(self.source_ip, duration);
        }
    }
}

/// Files that the process needs open beside its connections: the database's, those of the threads, the log.
const OWN_FILES: usize = 128;

/// The most connections where the system sets no limit to open files.
const UNLIMITED: usize = 100_000;

/// The most connections of each worker.
pub(super) fn of_each_worker(settings: &HttpSettings) -> usize {
    let all = match settings.max_connections {
        0 => fs::read_to_string("/proc/self/limits")
            .ok()
            .and_then(|limits| open_files(&limits))
            .map_or(UNLIMITED, beside),
        limit => limit,
    };
    (all / settings.worker_count()).max(1)
}

/// The soft limit on open files that Linux tells; `None` where there is none.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What is left of the limit for connections: at least half of it, however low it is.
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
