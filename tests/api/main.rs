//! Poolhouse over HTTP: each test starts a server of its own, with its own registry, clock and chance.

mod access;
mod admin_devices;
mod app;
mod command_line;
mod model;
mod quotas;
mod seeds;
mod settings;
mod signatures;
mod storage;
mod tool;
mod users;
mod wire;
