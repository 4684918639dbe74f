//! Users: how administrators create, show, change and list them, and what users do for themselves.

mod admin;
mod attributes;
mod auth_factors;
mod creation;
mod letter_case;
mod list;
mod names;
mod passwords;
mod self_service;
mod settings;
