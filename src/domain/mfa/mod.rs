//! MFA: the configuration of a pool, the second factors, and the preferences of users.

mod auth_factors;
mod configuration;
mod factor;
mod preferences;

pub(crate) use auth_factors::{Held, configured};
pub(crate) use configuration::MfaConfig;
pub(crate) use factor::{Factor, names_as_json};
pub(crate) use preferences::{Ask, PoolMfa, Preferences, Wish, allowed, ask};
