//! What tests are made of: servers, registries, clients and what they do.

mod answer;
mod app_client;
mod client;
mod devices;
mod key;
mod mfa;
mod process;
mod registry;
mod server;
mod sign_in;
mod srp;
mod tool;

pub(crate) use self::answer::Answer;
pub(crate) use self::app_client::{AppClient, secret_hash};
pub(crate) use self::client::Client;
pub(crate) use self::devices::{Device, begin_device, confirm_device, prove_device};
pub(crate) use self::key::Key;
pub(crate) use self::mfa::{set_up_token, totp};
pub(crate) use self::process::Server;
pub(crate) use self::registry::{
    FOREIGN_POOL, NOW_MS, POOL, SUB, UNTRACKED_POOL, device, registry,
};
pub(crate) use self::server::{App, Setup};
pub(crate) use self::sign_in::{
    access_token, initiate, respond, sign_in_by_password, sign_in_by_srp, token, with,
};
pub(crate) use self::srp::{Exchange, Secret, number, pad, timestamp};
pub(crate) use self::tool::{Outcome, Tool, bytes};
