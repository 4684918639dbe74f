//! The operations of the API: a file or a folder for each resource, with its lines of the table of operations, and what they have
//! in common.

mod app;
mod auth_events;
mod branding;
mod client_secrets;
mod clients;
mod devices;
mod domains;
mod groups;
mod imports;
mod mfa;
mod not_served;
mod page;
mod pools;
mod providers;
mod recovery;
mod resource_servers;
mod sign_in;
mod sign_up;
mod table;
mod terms;
mod tokens;
mod user_sessions;
mod users;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use table::encode;
pub(crate) use table::{Entry, Table};

impl Table {
    /// Every operation of the model.
    pub(crate) fn new() -> Self {
        Self::default()
            .with(sign_in::table)
            .with(sign_up::table)
            .with(recovery::table)
            .with(tokens::table)
            .with(users::table)
            .with(user_sessions::table)
            .with(devices::table)
            .with(groups::table)
            .with(mfa::table)
            .with(auth_events::table)
            .with(pools::table)
            .with(clients::table)
            .with(client_secrets::table)
            .with(domains::table)
            .with(resource_servers::table)
            .with(providers::table)
            .with(branding::table)
            .with(terms::table)
            .with(imports::table)
            .with(not_served::table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api;

    #[test]
    fn every_operation_of_the_model_is_in_the_table() {
        let table = Table::new();
        let named: Vec<&str> = table.iter().map(|entry| entry.model.name).collect();
        let modelled: Vec<&str> = api::OPERATIONS.iter().map(|model| model.name).collect();
        assert_eq!(named, modelled);
    }
}
