//! Poolhouse over HTTP: each test starts a server of its own, with its own registry, clock and random numbers.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, says what it did by printing, builds values in place, and its client lives in the real time"
)]

mod accounts;
mod authorization;
mod branding;
mod clients;
mod control;
mod devices;
mod domains;
mod events;
mod federation;
mod groups;
mod import;
mod model;
mod oauth2;
mod outbox;
mod pages;
mod pools;
mod postgres;
mod process;
mod providers;
mod quotas;
mod resource_servers;
mod seeds;
mod sessions;
mod sign_in;
mod terms;
mod testing;
mod tokens;
mod traces;
mod users;
mod wire;
mod world;
