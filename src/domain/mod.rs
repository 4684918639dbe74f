//! What pools, clients, users, devices, sign-ins and tokens are. No file here knows HTTP, SQL or the clock.

pub(crate) mod attributes;
pub(crate) mod client;
pub(crate) mod client_settings;
pub(crate) mod decoy;
pub(crate) mod device;
pub(crate) mod lockout;
pub(crate) mod mfa;
pub(crate) mod outbox;
pub(crate) mod password;
pub(crate) mod pool;
pub(crate) mod pool_settings;
pub(crate) mod schema_attributes;
pub(crate) mod second_factor;
pub(crate) mod sign_in;
pub(crate) mod tokens;
pub(crate) mod user;
pub(crate) mod user_filter;
