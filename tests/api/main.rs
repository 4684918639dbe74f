//! Poolhouse over HTTP: each test starts a server of its own, with its own registry, clock and chance.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, says what it did by printing, builds values in place, and its client lives in the real time"
)]

mod access;
mod admin_devices;
mod admin_users;
mod app;
mod backup;
mod browsers;
mod check_deep;
mod clients;
mod command_line;
mod crash;
mod decisions;
mod devices_in_sign_in;
mod doors;
mod faults;
mod file_size;
mod hostile;
mod letter_case;
mod list_users;
mod log;
mod model;
mod outbox;
mod passwords;
mod private_files;
mod processes;
mod quotas;
mod second_factors;
mod secrets;
mod seeds;
mod self_service;
mod settings;
mod sign_in;
mod signatures;
mod srp_client;
mod storage;
mod tokens;
mod tool;
mod user_attributes;
mod user_creation;
mod user_pools;
mod users;
mod wire;
