//! What must hold of the registry, on every engine, when two stores write to it side by side.

#[path = "../../tests/postgres/server.rs"]
pub(super) mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Barrier;
use std::thread;

use crate::api::{ErrorCode, Timestamp, UserPoolClientType, UserPoolType, UserStatusType};
use crate::auth::totp::TotpSecret;
use crate::domain::code::KeptCode;
use crate::domain::contact::Contact;
use crate::domain::lockout::Attempts;
use crate::domain::message::Destination;
use crate::domain::pool::Configuration;
use crate::domain::scopes::Scopes;
use crate::domain::tokens::SignIn;
use crate::domain::user::{User, UserRecord};
use crate::error::Result;
use crate::ids::{AccountId, ClientId, UserPoolId, Username};
use crate::settings::{Database, PostgresUrl};
use crate::store::{ReadTx, Store, WriteTx};
use server::OwnDatabase;

const POOL: &str = "us-east-1_Abcdefghi";

/// One registry, opened by two stores.
struct Two {
    stores: [Store; 2],
    _directory: tempfile::TempDir,
}

/// Runs a test with a registry of each engine.
fn on_each_engine(test: impl Fn(&Two)) {
    let directory = tempfile::tempdir().unwrap();
    let file = Database::File(directory.path().join("poolhouse.db"));
    // The file is there when the second opens it.
    drop(Store::opened(file.clone(), 1));
    test(&Two::new(&file, directory));
    let database = OwnDatabase::empty();
    let url = PostgresUrl::parse(&database.address).unwrap();
    test(&Two::new(
        &Database::Postgres(url),
        tempfile::tempdir().unwrap(),
    ));
}

impl Two {
    /// A registry with a pool. Both stores open it at the same time.
    fn new(database: &Database, directory: tempfile::TempDir) -> Self {
        let stores = thread::scope(|scope| {
            [(); 2]
                .map(|()| scope.spawn(|| Store::opened(database.clone(), 1)))
                .map(|store| store.join().unwrap())
        });
        let put = |tx: &WriteTx<'_>| tx.put_pool(&pool_id(), &account(), &UserPoolType::default());
        stores[0].write_now(put).unwrap();
        Self {
            stores,
            _directory: directory,
        }
    }

    /// Does the same through both stores at the same time; the results of both.
    fn race<T: Send>(&self, work: impl Fn(&Store) -> T + Sync) -> [T; 2] {
        let start = Barrier::new(2);
        thread::scope(|scope| {
            let both = self.stores.each_ref().map(|store| {
                let (start, work) = (&start, &work);
                scope.spawn(move || {
                    start.wait();
                    work(store)
                })
            });
            both.map(|one| one.join().unwrap())
        })
    }
}

fn pool_id() -> UserPoolId {
    UserPoolId::from(POOL.to_owned())
}

fn account() -> AccountId {
    AccountId::from("000000000000".to_owned())
}

fn configuration() -> Configuration {
    Configuration::new(Some(true), Vec::new(), Vec::new(), None, None, false).unwrap()
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + ms)
}

fn record(name: &str, sub: &str) -> UserRecord {
    UserRecord {
        username: Username::from(name.to_owned()),
        spelled: Username::from(name.to_owned()),
        sub: sub.to_owned(),
        enabled: true,
        status: UserStatusType::Confirmed,
        created: at(0),
        modified: at(0),
        attributes: [].into(),
    }
}

fn insert_user(tx: &WriteTx<'_>, name: &str) -> Result<i64> {
    let sub = format!("sub of {name} {:?}", thread::current().id());
    let record = record(name, &sub);
    tx.insert_user(&*tx.pool(&pool_id())?, &configuration(), &record)
}

fn user(tx: &ReadTx<'_>, name: &str) -> Result<User> {
    let name = Username::from(name.to_owned());
    let user = tx.find_user(&*tx.pool(&pool_id())?, &configuration(), &name)?;
    Ok(user.unwrap())
}

/// Whether the call was refused because of what another did meanwhile.
fn collided<T>(result: &Result<T>) -> bool {
    let error = result.as_ref().err();
    error.is_some_and(|error| error.code == ErrorCode::TooManyRequestsException)
}

#[test]
fn a_code_of_a_software_token_counts_once() {
    on_each_engine(|two| {
        let made = two.stores[0].write_now(|tx| {
            insert_user(tx, "ana")?;
            let ana = user(tx, "ana")?;
            let secret = TotpSecret::from_bytes(&[7; 20]).unwrap();
            tx.put_pending_software_token(&ana, &secret)?;
            tx.verify_software_token(&ana, None, 1)
        });
        made.unwrap();
        for step in 2..20 {
            let counted = two.race(|store| {
                let used = store.write_now(move |tx| {
                    let ana = user(tx, "ana")?;
                    if tx.software_token(&ana)?.has_counted(step, step * 30) {
                        return Ok(false);
                    }
                    tx.use_software_token(&ana, step).map(|()| true)
                });
                used.unwrap()
            });
            assert!(counted[0] != counted[1], "{step}: {counted:?}");
        }
    });
}

#[test]
fn a_code_that_was_sent_serves_once() {
    on_each_engine(|two| {
        for round in 0..20 {
            let subject = [round; 32];
            let code = KeptCode {
                hash: vec![round; 48],
                destination: Destination {
                    contact: Contact::Email,
                    value: "ana@example.com".to_owned(),
                },
                pending: false,
                expires: at(1000),
            };
            let kept = code.clone();
            let put = two.stores[0].write_now(move |tx| tx.put_code(&subject, None, &kept));
            put.unwrap();
            let used = two.race(|store| {
                let code = code.clone();
                store.write_now(move |tx| tx.use_code(&subject, &code))
            });
            let [won, lost] = used.map(|used| used.err().map(|error| error.code));
            let refused = Some(ErrorCode::ExpiredCodeException);
            assert!((won, lost) == (None, refused) || (won, lost) == (refused, None));
        }
    });
}

#[test]
fn no_attempt_with_a_code_is_lost() {
    on_each_engine(|two| {
        let count = |store: &Store| {
            let count = store.write_now(|tx| tx.count_code_attempt(&[7; 32], at(1000)));
            count.unwrap()
        };
        for round in 0..20 {
            let mut counts = two.race(count);
            counts.sort_unstable();
            assert_eq!(counts, [2 * round + 1, 2 * round + 2]);
        }
        let next_hour = two.stores[0].write_now(|tx| tx.count_code_attempt(&[7; 32], at(2000)));
        assert_eq!(next_hour.unwrap(), 1);
    });
}

#[test]
fn no_failed_attempt_is_lost() {
    on_each_engine(|two| {
        let name = [1; 32];
        let fail = move |tx: &WriteTx<'_>| {
            let before = tx.failed_attempts(&name)?;
            tx.change_failed_attempts(&name, before, before.failed(at(0)))
        };
        // Who is refused because of the other comes again.
        two.race(|store| {
            (0..20).for_each(|_| while collided(&store.write_now(fail)) {});
        });
        let counted = two.stores[0].read_now(|tx| tx.failed_attempts(&name));
        assert_eq!(counted.unwrap().failures, 40);

        // Who looked before the other wrote does not write over what that counted.
        for name in [name, [2; 32]] {
            let looked: Attempts = two.stores[0]
                .read_now(|tx| tx.failed_attempts(&name))
                .unwrap();
            let change = move |tx: &WriteTx<'_>| {
                tx.change_failed_attempts(&name, looked, looked.failed(at(0)))
            };
            let written = two.stores.each_ref().map(|store| store.write_now(change));
            assert_eq!(written.each_ref().map(collided), [false, true]);
            let counted = two.stores[1].read_now(|tx| tx.failed_attempts(&name));
            assert_eq!(counted.unwrap().failures, looked.failures + 1);
        }
    });
}

#[test]
fn a_refresh_token_that_two_rotate_leaves_a_token_to_one() {
    on_each_engine(|two| {
        let old = [1; 32];
        let made = two.stores[0].write_now(move |tx| {
            insert_user(tx, "ana")?;
            let pool = tx.pool(&pool_id())?;
            let client = ClientId::from("client".to_owned());
            tx.insert_client(&pool, &client, &UserPoolClientType::default())?;
            let (_, client) = tx.app_client(&client)?;
            let sign_in = SignIn {
                origin_jti: "jti".to_owned(),
                device: None,
                auth_time: at(0),
                expires: at(1000),
                revoked: false,
                scopes: Scopes::Api,
                resource: None,
            };
            tx.insert_sign_in(&user(tx, "ana")?, client.row, &sign_in)?;
            tx.insert_refresh_token(&sign_in, &old)
        });
        made.unwrap();
        let find = |hash: [u8; 32]| {
            let found = two.stores[0].read_now(|tx| tx.find_refresh_token(&hash));
            found.unwrap()
        };
        // Both look before either writes.
        let looked = [(find(old), [2; 32]), (find(old), [3; 32])];
        let mut looked = looked.map(|(token, new)| (token.unwrap(), new)).into_iter();
        let rotated = two.stores.each_ref().map(|store| {
            let (token, new) = looked.next().unwrap();
            store.write_now(move |tx| tx.rotate_refresh_token(&token, &old, &new, at(1)))
        });
        assert_eq!(rotated.each_ref().map(collided), [false, true]);
        let kept = [old, [2; 32], [3; 32]].map(|hash| find(hash).is_some());
        assert_eq!(kept, [true, true, false]);
        assert_eq!(find(old).unwrap().replaced, Some(at(1)));
    });
}

#[test]
fn a_session_serves_once() {
    on_each_engine(|two| {
        for number in 0..20 {
            let served = two.race(|store| {
                let used = store.write_now(move |tx| tx.use_session(&[number; 16], at(0)));
                used.is_ok()
            });
            assert!(served[0] != served[1], "{number}: {served:?}");
        }
    });
}

#[test]
fn two_that_create_the_same_make_one() {
    on_each_engine(|two| {
        for number in 0..10 {
            let pool = UserPoolId::from(format!("us-east-1_{number}"));
            let created = two.race(|store| {
                let pool = pool.clone();
                let insert = move |tx: &WriteTx<'_>| {
                    tx.insert_pool(&pool, &account(), &UserPoolType::default())
                };
                store.write_now(insert).unwrap()
            });
            assert!(created[0] != created[1], "{number}: {created:?}");
            let client = ClientId::from(number.to_string());
            let created = two.race(|store| {
                let client = client.clone();
                let insert = move |tx: &WriteTx<'_>| {
                    let pool = tx.pool(&pool_id())?;
                    tx.insert_client(&pool, &client, &UserPoolClientType::default())
                };
                store.write_now(insert).is_ok()
            });
            assert!(created[0] != created[1], "{number}: {created:?}");
            let created = two.race(|store| {
                let insert = move |tx: &WriteTx<'_>| insert_user(tx, &format!("user {number}"));
                store.write_now(insert).map_err(|error| error.code)
            });
            let refused = created.iter().filter_map(|one| one.as_ref().err());
            assert_eq!(
                refused.collect::<Vec<_>>(),
                [&ErrorCode::UsernameExistsException]
            );
        }
        let users = two.stores[0].read_now(|tx| tx.number_of_users(&*tx.pool(&pool_id())?));
        assert_eq!(users.unwrap(), 10);
    });
}

/// Settings are read and written as a whole, so this rests on holding the pool.
#[test]
fn what_is_read_and_written_as_a_whole_is_not_written_over() {
    on_each_engine(|two| {
        let count = |tx: &WriteTx<'_>| {
            let pool = tx.pool(&pool_id())?;
            tx.hold_pool(&pool)?;
            let mut settings = tx.pool_settings(&pool)?;
            let users = settings.estimated_number_of_users.unwrap_or_default();
            settings.estimated_number_of_users = Some(users + 1);
            tx.put_pool(&pool_id(), &account(), &settings)
        };
        two.race(|store| (0..20).for_each(|_| store.write_now(count).unwrap()));
        let settings = two.stores[0].read_now(|tx| tx.pool_settings(&*tx.pool(&pool_id())?));
        assert_eq!(settings.unwrap().estimated_number_of_users, Some(40));
    });
}

#[test]
fn an_email_is_taken_by_one_server_and_by_another_when_its_time_is_over() {
    on_each_engine(|two| {
        let put = two.stores[0].write_now(|tx| {
        let ana = insert_user(tx, "ana")?;
        for _ in 0..20 {
            tx.run(
                "INSERT INTO outbox (pool, user_row, medium, destination, purpose, code, message, created_ms, expires_ms)
                 SELECT pool, row, 'EMAIL', 'x', 'Authentication', '1', 'm', 0, ?2 FROM users WHERE row = ?1",
                (ana, at(1000).millis()),
            )?;
        }
        Ok(())
    });
        put.unwrap();
        let take = |store: &Store, now, until| {
            let taken = store.write_now(move |tx| tx.take_undelivered(at(now), at(until)));
            taken.unwrap().map(|message| (message.id, message.attempts))
        };
        let mut taken = Vec::new();
        for _ in 0..10 {
            taken.extend(two.race(|store| take(store, 0, 30)).map(Option::unwrap));
        }
        taken.sort_unstable();
        let each_once: Vec<(i64, u32)> = (1..=20).map(|id| (id, 1)).collect();
        assert_eq!(taken, each_once);
        let [store, other] = &two.stores;
        assert_eq!(take(other, 29, 59), None);
        let (id, attempts) = take(other, 30, 60).unwrap();
        assert_eq!(attempts, 2);
        // What the first server says of its attempt comes too late, unless the message has gone.
        let late = |work: fn(&WriteTx<'_>, i64) -> Result<()>| {
            store.write_now(move |tx| work(tx, id)).unwrap();
            let row = "SELECT next_attempt_ms, failed_ms, delivered_ms FROM outbox WHERE id = ?1";
            let read = |tx: &ReadTx<'_>| {
                tx.one(row, [id], |row| {
                    Ok((
                        row.get::<i64>(0)?,
                        row.get::<Option<i64>>(1)?,
                        row.get::<Option<i64>>(2)?,
                    ))
                })
            };
            store.read_now(read).unwrap()
        };
        let untouched = (at(60).millis(), None, None);
        let back = |tx: &WriteTx<'_>, id| tx.put_back(id, 1, at(40), "why");
        assert_eq!(late(back), untouched);
        let failed = |tx: &WriteTx<'_>, id| tx.put_failed(id, 1, at(40), "why");
        assert_eq!(late(failed), untouched);
        let delivered = |tx: &WriteTx<'_>, id| tx.put_delivered(id, at(40));
        assert_eq!(late(delivered).2, Some(at(40).millis()));
    });
}

/// What only one of the engines has, each with its reason.
const DIFFERENCES: [(&str, &str); 2] = [
    (
        "poolhouse_schema.version NOT NULL",
        "PostgreSQL: SQLite keeps the version in the header of the file",
    ),
    (
        "user_aliases PRIMARY KEY (pool, value, attribute)",
        "SQLite: an alias may be longer than an entry of an index in PostgreSQL, where an index over hashes holds the key",
    ),
];

#[test]
fn both_engines_have_the_same_tables_columns_keys_and_references() {
    assert_eq!(super::postgres::LATEST, super::sqlite::known());
    let sqlite = Store::opened(Database::Memory, 1).read_now(super::sqlite::shape);
    let database = OwnDatabase::empty();
    let url = PostgresUrl::parse(&database.address).unwrap();
    let postgres = Store::opened(Database::Postgres(url), 1).read_now(super::postgres::shape);
    let lines = |shape: Result<Vec<String>>| shape.unwrap().into_iter().collect::<BTreeSet<_>>();
    let (sqlite, postgres) = (lines(sqlite), lines(postgres));
    assert!(sqlite.len() > 200, "{}", sqlite.len());
    let found: BTreeSet<&str> = sqlite
        .symmetric_difference(&postgres)
        .map(String::as_str)
        .collect();
    assert_eq!(found, DIFFERENCES.map(|(line, _)| line).into());
}

#[test]
fn every_rule_is_held_against_the_records_of_each_engine() {
    on_each_engine(|two| {
        two.stores[0]
            .write_now(|tx| insert_user(tx, "ana"))
            .unwrap();
        let broken = two.stores[1].read_now(crate::store::rules::broken);
        assert_eq!(broken.unwrap(), Vec::<String>::new());
    });
}

#[test]
fn every_text_is_kept_whatever_its_letters_and_length() {
    on_each_engine(|two| {
        let long = "\u{6f22}".repeat(2048);
        let attributes: BTreeMap<String, String> = [
            ("name", "a\0b\u{1}c\\u0000"),
            ("preferred_username", long.as_str()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let kept = attributes.clone();
        let configuration = || {
            let aliases = vec![crate::api::AliasAttributeType::PreferredUsername];
            Configuration::new(Some(true), aliases, Vec::new(), None, None, false).unwrap()
        };
        let put = two.stores[0].write_now(move |tx| {
            insert_user(tx, "ana")?;
            let pool = tx.pool(&pool_id())?;
            let ana = Username::from("ana".to_owned());
            let found = tx.find_user_record(&pool, &configuration(), &ana)?;
            let (_, mut record) = found.unwrap();
            record.attributes = kept;
            tx.put_user(&pool, &configuration(), &record)
        });
        put.unwrap();
        let read = two.stores[1].read_now(|tx| {
            let by_alias = Username::from(long.clone());
            let user = tx.user(&*tx.pool(&pool_id())?, &configuration(), &by_alias)?;
            tx.user_record(&user)
        });
        assert_eq!(read.unwrap().attributes, attributes);
    });
}

#[test]
fn a_name_comes_to_mean_one_user() {
    on_each_engine(|two| {
        for number in 0..10 {
            // One takes the name as a username, the other as a sub.
            let turn = std::sync::atomic::AtomicBool::new(false);
            let made = two.race(|store| {
                let first = turn.fetch_or(true, std::sync::atomic::Ordering::Relaxed);
                let name = format!("name {number}");
                let (username, sub) = if first {
                    (name, format!("sub {number}"))
                } else {
                    (format!("other {number}"), name)
                };
                let add = move |tx: &WriteTx<'_>| {
                    let record = record(&username, &sub);
                    tx.insert_user(&*tx.pool(&pool_id())?, &configuration(), &record)
                };
                store.write_now(add).map_err(|error| error.code)
            });
            let refused: Vec<_> = made.into_iter().filter_map(Result::err).collect();
            assert_eq!(refused.len(), 1, "{refused:?}");
            assert!(!refused.contains(&ErrorCode::InternalErrorException));
        }
    });
}

#[test]
fn a_pool_that_is_deleted_meanwhile_gets_no_user_and_is_not_made_again() {
    on_each_engine(|two| {
        for number in 0..10 {
            let id = UserPoolId::from(format!("us-east-1_{number}"));
            let made = id.clone();
            let put =
                move |tx: &WriteTx<'_>| tx.put_pool(&made, &account(), &UserPoolType::default());
            two.stores[0].write_now(put).unwrap();
            let deletes = std::sync::atomic::AtomicBool::new(false);
            let done = two.race(|store| {
                let id = id.clone();
                if deletes.fetch_or(true, std::sync::atomic::Ordering::Relaxed) {
                    return store.write_now(move |tx| tx.delete_pool(&*tx.pool(&id)?));
                }
                store.write_now(move |tx| {
                    let pool = tx.pool(&id)?;
                    tx.insert_user(&pool, &configuration(), &record("ana", "sub"))?;
                    tx.hold_pool(&pool)?;
                    let settings = tx.pool_settings(&pool)?;
                    tx.put_pool(&id, &account(), &settings)
                })
            });
            for refused in done.into_iter().filter_map(Result::err) {
                assert!(
                    refused.code == ErrorCode::ResourceNotFoundException
                        || refused.code == ErrorCode::TooManyRequestsException,
                    "{refused:?}"
                );
            }
            let left = two.stores[0].read_now(|tx| tx.find_pool(&id));
            assert!(left.unwrap().is_none());
        }
    });
}

#[test]
fn expired_rows_go_while_others_sign_in() {
    on_each_engine(|two| {
        let work = |store: &Store, offset: u8| {
            for number in 0..50 {
                let mut id = [number; 16];
                id[0] = offset;
                let used = store.write_now(move |tx| tx.use_session(&id, at(0)));
                used.unwrap();
                let removed = store.write_now(|tx| tx.remove_expired(at(1), 3));
                assert!(removed.is_ok() || collided(&removed), "{removed:?}");
            }
        };
        let next = std::sync::atomic::AtomicU8::new(0);
        two.race(|store| {
            work(
                store,
                next.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
            );
        });
        while two.stores[0]
            .write_now(|tx| tx.remove_expired(at(1), 200))
            .unwrap()
            > 0
        {}
        let left = two.stores[1].read_now(|tx| {
            tx.one("SELECT count(*) FROM used_sessions", (), |row| {
                row.get::<i64>(0)
            })
        });
        assert_eq!(left.unwrap(), 0);
    });
}
