//! Signing in at an identity provider (OpenID Connect Core 1.0 section 3.1, RFC 6749; AWS's guide "Using OIDC identity providers with a
//! user pool"). This server is the provider's client; the app does not notice.
//!
//! ```text
//! chosen ──> which provider does the request for authorization mean?
//!    v
//! depart ──> to the provider, with a sealed `state`, which the browser's mark belongs to
//!    v
//! arrive     the provider's answer: is it of a sign-in of this browser, and the first one?
//!    ├─ party       how the provider is talked to: its addresses and its secret
//!    ├─ tokens      the code for tokens
//!    ├─ id_token    who signed it, for whom, when, for which sign-in
//!    ├─ user_info   what else the provider tells of the same user
//!    ├─ profile     claims as attributes of the pool
//!    └─ user        the user of the pool: found, made or linked
//! ```
//!
//! All that is asked of the provider is asked outside of any transaction.

mod arrive;
mod chosen;
mod depart;
mod failure;
mod id_token;
mod party;
mod profile;
mod state;
mod tokens;
mod user;
mod user_info;

pub(crate) use arrive::arrive;
pub(crate) use chosen::Choices;
pub(super) use chosen::chosen;
pub(crate) use depart::Departure;
pub(super) use depart::{Traveller, depart};
