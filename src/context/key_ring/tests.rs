//! Requests that wait for the same keys.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, spawn_local};

use super::*;
use crate::api::UserPoolType;
use crate::ids::AccountId;
use crate::settings::Database;

/// A registry with pools, and the ring of its server.
struct Rings {
    ring: Arc<KeyRing>,
    runtime: Runtime,
}

impl Rings {
    fn new(pools: &[&str]) -> Self {
        let store = Arc::new(Store::opened(Database::Memory, 1));
        for id in pools {
            let (id, account) = (pool_id(id), AccountId::from("000000000000".to_owned()));
            store
                .write_now(move |tx| tx.put_pool(&id, &account, &UserPoolType::default()))
                .unwrap();
        }
        Self {
            ring: Arc::new(KeyRing::new(store, Ambient::system())),
            runtime: Builder::new_current_thread().build().unwrap(),
        }
    }

    fn pool(&self, id: &str) -> Arc<Pool> {
        self.ring
            .store
            .read_now(|tx| tx.pool(&pool_id(id)))
            .unwrap()
    }

    /// The ids of the keys that so many requests get at once, and the number of draws for it.
    fn at_once(&self, id: &str, requests: usize) -> (Vec<String>, usize) {
        let before = self.ring.spare.drawn();
        let work = async {
            let waiting: Vec<_> = (0..requests)
                .map(|_| {
                    let (ring, pool) = (Arc::clone(&self.ring), self.pool(id));
                    spawn_local(async move { ring.keys(&pool).await.unwrap() })
                })
                .collect();
            let mut kids = Vec::new();
            for keys in waiting {
                let keys = keys.await.unwrap();
                kids.extend([keys.id.kid().to_owned(), keys.access.kid().to_owned()]);
            }
            kids
        };
        let mut kids = LocalSet::new().block_on(&self.runtime, work);
        kids.sort();
        kids.dedup();
        (kids, self.ring.spare.drawn() - before)
    }
}

fn pool_id(id: &str) -> UserPoolId {
    UserPoolId::from(id.to_owned())
}

const POOL: &str = "us-east-1_Abcdefghi";

#[test]
fn sixteen_at_once_draw_the_keys_of_a_pool_once() {
    let rings = Rings::new(&[POOL]);
    let (kids, draws) = rings.at_once(POOL, 16);
    assert_eq!((kids.len(), draws), (2, 1));
    assert_eq!(rings.at_once(POOL, 16), (kids, 0));
    assert!(rings.ring.turn(&pool_id(POOL)).try_lock().is_ok());
}

#[test]
fn when_the_one_who_draws_gives_up_the_next_goes_on() {
    let rings = Rings::new(&[POOL]);
    let pool = rings.pool(POOL);
    LocalSet::new().block_on(&rings.runtime, async {
        let mut first = pin!(rings.ring.keys(&pool));
        let mut nobody = Context::from_waker(Waker::noop());
        // Soon it waits for the thread that draws.
        for _ in 0..10 {
            assert!(first.as_mut().poll(&mut nobody).is_pending());
        }
    });
    let (kids, _) = rings.at_once(POOL, 2);
    assert_eq!(kids.len(), 2);
    // What the first has begun to draw is another pool's.
    assert!(rings.ring.spare.drawn() <= 2);
}

#[test]
fn a_pool_that_was_deleted_meanwhile_keeps_nobody_waiting() {
    let rings = Rings::new(&[POOL]);
    let pool = rings.pool(POOL);
    rings
        .ring
        .store
        .write_now(|tx| {
            let pool = tx.pool(&pool_id(POOL))?;
            tx.delete_pool(&pool)
        })
        .unwrap();
    for _ in 0..2 {
        let refused = rings.runtime.block_on(rings.ring.keys(&pool));
        assert!(refused.is_err());
    }
}
