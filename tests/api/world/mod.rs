//! What tests are made of: servers, registries, clients and what they do.

mod answer;
mod app_client;
mod attributes;
mod browser;
mod client;
mod cluster;
mod collector;
mod concurrency;
mod devices;
mod key;
mod mail_server;
mod mfa;
mod passwords;
mod pool;
mod pool_keys;
#[path = "../../postgres/server.rs"]
mod postgres;
mod process;
mod refusals;
mod registry;
mod server;
mod sign_in;
mod srp;
mod tool;
mod user;

pub(crate) use self::answer::Answer;
pub(crate) use self::app_client::{
    AppClient, DISCREET, FLOWS, WEB, WITH_SECRET, hides_users, secret_hash,
};
pub(crate) use self::attributes::{attribute, attributes, keys, merge, value_of};
pub(crate) use self::browser::{Browser, Page};
pub(crate) use self::client::Client;
pub(crate) use self::cluster::{Pooler, Relay};
pub(crate) use self::collector::{Collector, Intake, attribute_of};
pub(crate) use self::concurrency::{Meanwhile, at_once};
pub(crate) use self::devices::{Device, begin_device, confirm_device, prove_device};
pub(crate) use self::key::Key;
pub(crate) use self::mail_server::{Conduct, MailServer, until};
pub(crate) use self::mfa::{set_up_token, totp};
pub(crate) use self::passwords::{NEW, PASSWORD, TEMPORARY, THIRD};
pub(crate) use self::pool::{Pool, seed_of};
pub(crate) use self::postgres::{
    OwnDatabase, Server as PostgresServer, execute, try_execute, unprivileged, until as until_so,
};
pub(crate) use self::process::Server;
pub(crate) use self::refusals::{
    DISABLED, EXPIRED_REFRESH_TOKEN, EXPIRED_SESSION, INVALID_ACCESS_TOKEN, INVALID_REFRESH_TOKEN,
    INVALID_SESSION, LOCKED_OUT, NO_DEVICE, NO_SIGNATURE, NO_USER, REVOKED_ACCESS_TOKEN,
    REVOKED_REFRESH_TOKEN, UNKNOWN_KEY, UNVERIFIED_ACCESS_TOKEN, USED_SESSION, WRONG_CODE,
    WRONG_PASSWORD, WRONG_SIGNATURE, access_denied,
};
pub(crate) use self::registry::{
    ANA_SUB, FOREIGN_POOL, NOW, NOW_MS, POOL, SUB, UNKNOWN_POOL, UNTRACKED_POOL, device, device_of,
    registry, remembered,
};
pub(crate) use self::server::{App, Setup};
pub(crate) use self::sign_in::{
    access_token, claims, initiate, initiate_by_admin, respond, sign_in, sign_in_by_password,
    sign_in_by_srp, token, with,
};
pub(crate) use self::srp::{Exchange, Secret, number, pad, timestamp};
pub(crate) use self::tool::{Outcome, Tool, bytes, migrations};
pub(crate) use self::user::User;
