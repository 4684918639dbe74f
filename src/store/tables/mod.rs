//! SQL and rows, a file for each table or for the tables of one thing: methods on `ReadTx` and `WriteTx`.

mod clients;
mod devices;
mod expiry;
mod mfa_preferences;
mod outbox;
mod passwords;
mod pool_keys;
mod pools;
mod proofs;
mod sign_ins;
mod software_tokens;
mod user_search;
mod users;

pub(crate) use devices::{DeviceSecret, SignInDevice, Written};
pub(crate) use outbox::Found;
pub(crate) use passwords::{KeptPassword, PasswordHistory};
pub(crate) use sign_ins::KeptRefreshToken;

pub(super) use pools::configuration;
#[cfg(test)]
pub(super) use user_search::search_sql;
pub(super) use users::record;
