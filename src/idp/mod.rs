//! A fake identity provider of OpenID Connect for each pool, so that signing in at a provider can be developed without an account
//! anywhere. Whoever comes chooses one of the people that the seed names. Its clients are the pool's own providers whose issuer it is. It
//! is served where what only tests need is allowed.
//!
//! - `provider`: the fake provider of a pool, its discovery document and its key.
//! - `request`: a request for authorization, and the code for the person who was chosen.
//! - `token`: tokens for the code, and what they tell.
//! - `ticket`: what codes and access tokens hold, sealed.

mod provider;
mod request;
mod ticket;
mod token;

pub(crate) use provider::FakeProvider;
pub(crate) use request::Chosen;
