//! User pools of a seed.

use serde_json::{Value, json};

use super::app_client::{AppClient, FLOWS};
use super::attributes::merge;
use super::server::{App, Setup};
use super::user::{User, push};

/// A user pool of a seed, with its app clients and users.
#[derive(Clone)]
pub(crate) struct Pool(Value);

impl Pool {
    /// A pool with the settings that it has by default.
    pub(crate) fn new(id: &str) -> Self {
        Self(json!({"UserPool": {"Id": id}}))
    }

    /// Sets members of the pool's settings.
    pub(crate) fn with(mut self, settings: Value) -> Self {
        merge(&mut self.0["UserPool"], settings);
        self
    }

    /// The pool tracks devices, with this `ChallengeRequiredOnNewDevice`.
    pub(crate) fn tracking(self, challenge_required: bool) -> Self {
        self.with(
            json!({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": challenge_required}}),
        )
    }

    /// Sets what `SetUserPoolMfaConfig` sets.
    pub(crate) fn mfa(mut self, config: Value) -> Self {
        self.0["MfaConfig"] = config;
        self
    }

    /// The pool belongs to this account, not to the server's own.
    pub(crate) fn account(mut self, account: &str) -> Self {
        self.0["Account"] = account.into();
        self
    }

    /// Adds a client that allows [`FLOWS`], with its secret if it has one.
    pub(crate) fn client(self, client: AppClient<'_>) -> Self {
        self.client_with(client, json!({}))
    }

    /// Adds such a client, and sets members of its settings.
    pub(crate) fn client_with(mut self, client: AppClient<'_>, settings: Value) -> Self {
        let mut seed =
            json!({"ClientId": client.id, "ClientName": "app", "ExplicitAuthFlows": FLOWS});
        if let Some(secret) = client.secret {
            seed["ClientSecret"] = secret.into();
        }
        merge(&mut seed, settings);
        push(&mut self.0, "Clients", seed);
        self
    }

    /// Adds a user.
    pub(crate) fn user(mut self, user: User) -> Self {
        push(&mut self.0, "Users", user.into_seed());
        self
    }

    /// Adds several users.
    pub(crate) fn users(self, users: impl IntoIterator<Item = User>) -> Self {
        users.into_iter().fold(self, Self::user)
    }

    /// The pool as it stands in a seed.
    pub(crate) fn into_seed(self) -> Value {
        self.0
    }

    /// A server with this pool alone.
    pub(crate) fn setup(self) -> Setup {
        Setup::new().seeded(self.0)
    }

    /// Starts a server with this pool alone.
    pub(crate) fn start(self) -> App {
        self.setup().start()
    }
}

/// A seed of several pools.
pub(crate) fn seed_of(pools: impl IntoIterator<Item = Pool>) -> Value {
    let pools: Vec<Value> = pools.into_iter().map(Pool::into_seed).collect();
    json!({"UserPools": pools})
}
