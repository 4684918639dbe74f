//! Sending the outbox's emails to a mail server (RFC 5321), where the settings name one.
//!
//! What is to be sent stands in the outbox, and so does how far each message has got: nothing is lost when a server ends, and two
//! servers on one file share the work. Requests never wait for it.
//!
//! - `letter`: a message of the outbox as an email; `server`: the mail server, and why it does not take a message;
//!   `delivery`: who sends what, when.

mod delivery;
mod letter;
mod server;

pub(crate) use delivery::{Deliveries, Delivery};
