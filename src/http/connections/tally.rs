//! What is counted of the connections of all workers.

use crate::metrics::Counter;

/// Connections since the server began.
#[derive(Default)]
pub(in crate::http) struct Tally {
    pub(in crate::http) accepted: Counter,
    /// Those that are open now.
    pub(in crate::http) open: Counter,
    /// Those that the server ended because the client took too long.
    pub(in crate::http) late: Counter,
    /// Those that the server ended because others needed the room.
    pub(in crate::http) gave_way: Counter,
}
