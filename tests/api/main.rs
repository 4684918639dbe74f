//! Poolhouse over HTTP: each test starts a server of its own, with its own registry, clock and chance.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its client lives in the real time, and it builds values in place"
)]

mod access;
mod admin_devices;
mod admin_users;
mod app;
mod backup;
mod check_deep;
mod clients;
mod command_line;
mod list_users;
mod model;
mod passwords;
mod quotas;
mod seeds;
mod settings;
mod signatures;
mod storage;
mod tool;
mod user_attributes;
mod user_creation;
mod user_pools;
mod users;
mod wire;
