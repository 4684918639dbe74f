//! The engine: PostgreSQL. Everything that only PostgreSQL has stands in this folder, and its client is named nowhere else but in
//! the settings.
//!
//! - `open`: a registry that is open, and what reads and writes it; `pool`: a bounded number of sessions.
//! - `session`: a connection and its transaction; `statements`: the verbs that run statements; `flight`: sending several at once;
//!   `ahead`: sending them at another time than they are asked for; `request`: statements on their way; `values`: parameters and columns.
//! - `schema`: the schema and its versions; `tls`: whom to trust; `errors`: what goes wrong, in words.
//!
//! Transactions that write do so side by side, READ COMMITTED: whoever finds a row to change something by holds the row
//! (`FOR NO KEY UPDATE`), and what counts once is guarded in its statement. A transaction that reads sees one state (REPEATABLE
//! READ READ ONLY). The client is asynchronous; each session drives its own on the thread of the transaction, never one of the HTTP
//! server's.

mod ahead;
mod errors;
mod flight;
mod open;
mod pool;
mod request;
mod schema;
mod session;
mod statements;
#[cfg(test)]
mod tests;
mod tls;
mod values;

pub(super) use open::Postgres;
pub(super) use schema::LATEST;
pub(crate) use schema::NO_REGISTRY;
#[cfg(test)]
pub(super) use schema::shape;
pub(super) use session::Session;
pub(super) use values::Found;
