//! How far a connection is with its request, why it ends, and what it may read.

/// Where the request of a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// No byte has arrived yet.
    New,
    /// A request has been answered, and no byte of another has arrived.
    Idle,
    /// A part of a head has arrived.
    Head,
    /// A head has arrived; the body may be missing.
    Body,
    /// The whole request has arrived.
    Answering,
    /// A request was refused before its body had arrived.
    Refused,
}

/// Why the server ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum End {
    /// The client took too long.
    Late,
    /// The connection gives way to others.
    Room,
}

/// What a socket may read next.
pub(in crate::http) enum Reading {
    /// Whatever arrives.
    On,
    /// Nothing, because the request is about to be refused.
    Nothing,
    /// The end of the connection.
    End,
    /// The end of the connection, after a head that took too long.
    LateHead,
}
