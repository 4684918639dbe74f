//! SQL and rows, a file for each table or for the tables of one thing: methods on `ReadTx` and `WriteTx`.
//!
//! Statements keep to what SQLite and PostgreSQL share. Text is compared and ordered by its bytes: lists of pools, clients and devices
//! continue after a text, and searches for users take all texts that begin with a prefix, so every one of them relies on that
//! order. SQLite has it unless a column says otherwise (`COLLATE BINARY`); in PostgreSQL the columns need `COLLATE "C"`.

mod auth_events;
mod authorization_codes;
mod browser_sessions;
mod clients;
mod codes;
mod deliveries;
mod device_secrets;
mod devices;
mod documents;
mod domains;
mod expiry;
mod groups;
mod import_files;
mod import_jobs;
mod import_log;
mod mfa_preferences;
mod outbox;
mod passwords;
mod pool_keys;
mod pools;
mod proofs;
mod providers;
mod resource_servers;
mod sign_ins;
mod signing_certificates;
mod sizes;
mod software_tokens;
mod user_counts;
mod user_identities;
mod user_names;
mod user_search;
mod user_sessions;
mod users;

pub(crate) use authorization_codes::{AuthorizationCode, KeptCode};
pub(crate) use browser_sessions::BrowserSession;
pub(crate) use codes::CodeSubject;
pub(crate) use device_secrets::{DeviceSecret, SignInDevice};
pub(crate) use devices::Written;
pub(crate) use outbox::Found;
pub(crate) use passwords::{KeptPassword, PasswordHistory};
pub(crate) use pool_keys::KeptKeys;
pub(crate) use sign_ins::KeptRefreshToken;
pub(crate) use signing_certificates::KeptCertificate;

pub(super) use auth_events::auth_event;
pub(super) use clients::secrets;
pub(super) use documents::document;
pub(super) use domains::domain;
pub(super) use groups::group;
pub(super) use import_jobs::job as import_job;
pub(super) use pools::configuration;
pub(super) use providers::provider;
pub(super) use resource_servers::resource_server;
#[cfg(test)]
pub(super) use user_search::search_sql;
pub(crate) use users::Whom;
pub(super) use users::record;

#[cfg(test)]
mod tests {
    use crate::ids::{AccountId, UserPoolId};
    use crate::settings::Database;
    use crate::store::Store;

    /// In the order of bytes: capitals first, then small letters, then those beyond ASCII. Languages have other orders.
    const TEXTS: [&str; 5] = ["Z", "a", "b", "\u{e9}", "\u{10000}"];

    #[test]
    fn texts_are_ordered_by_their_bytes() {
        let store = Store::opened(Database::Memory, 1);
        let ids = TEXTS.map(|text| format!("us-east-1_{text}"));
        let account = AccountId::from("000000000000".to_owned());
        for id in ids.iter().rev().cloned() {
            let account = account.clone();
            let put = store.write_now(move |tx| {
                tx.put_pool(
                    &UserPoolId::from(id),
                    &account,
                    &crate::api::UserPoolType::default(),
                )
            });
            put.unwrap();
        }
        let mut listed: Vec<String> = Vec::new();
        loop {
            let page = store
                .read_now(|tx| tx.pools_of(&account, listed.last().map(String::as_str), 2))
                .unwrap();
            let more = page.more;
            listed.extend(page.items.into_iter().map(|(id, _)| id.as_str().to_owned()));
            if !more {
                break;
            }
        }
        assert_eq!(listed, ids);
    }
}
