//! What pools, clients, users, devices, sign-ins and tokens are. No file here knows HTTP, SQL or the clock.

pub(crate) mod auth_event;
pub(crate) mod branding;
pub(crate) mod client;
pub(crate) mod code;
pub(crate) mod contact;
pub(crate) mod delivery;
pub(crate) mod device;
pub(crate) mod document;
pub(crate) mod group;
pub(crate) mod import;
pub(crate) mod lockout;
pub(crate) mod message;
pub(crate) mod mfa;
pub(crate) mod outbox;
pub(crate) mod pool;
pub(crate) mod provider;
pub(crate) mod resource_server;
pub(crate) mod scopes;
pub(crate) mod sign_in;
pub(crate) mod terms;
pub(crate) mod tokens;
pub(crate) mod user;
pub(crate) mod user_agent;
pub(crate) mod user_pool_domain;
pub(crate) mod user_session;
