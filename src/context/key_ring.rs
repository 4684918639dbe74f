//! The keys of pools. They are drawn when they are first needed, since drawing RSA keys takes a moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::ambient::Ambient;
use crate::auth::seal::SealKey;
use crate::auth::signing_key::SigningKey;
use crate::context::Unread;
use crate::context::spare_keys::SpareKeys;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;
use crate::store::{KeptKeys, ReadTx, Store};

/// The key pairs that the ring remembers, more than a server for development meets. With one more it forgets all.
const MAX_PAIRS: usize = 1024;

/// A pool's keys.
#[derive(Clone)]
pub(crate) struct PoolKeys {
    /// Seals sessions.
    pub(crate) seal: Arc<SealKey>,
    /// Signs ID tokens.
    pub(crate) id: Arc<SigningKey>,
    /// Signs access tokens.
    pub(crate) access: Arc<SigningKey>,
}

/// Finds the keys of pools, and draws them.
///
/// It remembers the key pairs that it has read, since decoding one from PKCS #8 takes as long as signing with it. The pair of a
/// key id never changes, so this is right with any number of processes on one file.
///
/// The keys of a pool are drawn once, however many requests wait for them: they take turns, and whoever comes after the first
/// finds them. If that one gives up or fails, the next takes over.
pub(crate) struct KeyRing {
    pairs: Mutex<HashMap<String, Arc<SigningKey>>>,
    turns: Mutex<HashMap<UserPoolId, Weak<Turn>>>,
    spare: Arc<SpareKeys>,
    store: Arc<Store>,
    ambient: Ambient,
}

/// Whose turn it is to draw the keys of one pool.
type Turn = tokio::sync::Mutex<()>;

impl KeyRing {
    pub(crate) fn new(store: Arc<Store>, ambient: Ambient) -> Self {
        Self {
            pairs: Mutex::default(),
            turns: Mutex::default(),
            spare: Arc::default(),
            store,
            ambient,
        }
    }

    /// The keys of the pool, drawn now if it has none yet.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has been deleted; `InternalErrorException`.
    pub(crate) async fn keys(self: &Arc<Self>, pool: &Arc<Pool>) -> Result<PoolKeys> {
        if let Some(keys) = self.known_keys(Arc::clone(pool)).await? {
            return Ok(keys);
        }
        let turn = self.turn(&pool.id);
        let _mine = turn.lock().await;
        match self.known_keys(Arc::clone(pool)).await? {
            Some(keys) => Ok(keys),
            None => self.draw(pool).await,
        }
    }

    /// Draws the keys of the pool.
    async fn draw(self: &Arc<Self>, pool: &Pool) -> Result<PoolKeys> {
        let pairs = self.spare.take().await?;
        let seal = SealKey::draw(&self.ambient);
        let pool = pool.id.clone();
        let pool = self
            .store
            .write(move |tx| {
                // The pool may have been deleted meanwhile, and another process may have drawn its keys.
                let pool = tx.pool(&pool)?;
                tx.add_pool_keys(&pool, &seal, &pairs.id, &pairs.access)?;
                Ok(pool)
            })
            .await?;
        let keys = self.known_keys(pool).await?;
        keys.ok_or_else(|| ApiError::internal("the pool's keys were not kept"))
    }

    /// The turn that all who wait for the pool's keys share.
    fn turn(&self, pool: &UserPoolId) -> Arc<Turn> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(pool).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Turn::default());
        turns.insert(pool.clone(), Arc::downgrade(&turn));
        turn
    }

    async fn known_keys(self: &Arc<Self>, pool: Arc<Pool>) -> Result<Option<PoolKeys>> {
        let ring = Arc::clone(self);
        self.store.read(move |tx| ring.find_keys(tx, &pool)).await
    }

    /// The keys of the pool of which this is kept, for [`Cx::read_with_keys`](super::Cx::read_with_keys).
    ///
    /// # Errors
    /// That it has none yet; `InternalErrorException` when the store fails.
    pub(crate) fn keys_in(
        &self,
        tx: &ReadTx<'_>,
        pool: &Arc<Pool>,
        kept: Option<KeptKeys>,
    ) -> Result<PoolKeys, Unread> {
        let found = self.keys_of(tx, pool, kept)?;
        found.ok_or_else(|| Unread::NoKeys(Arc::clone(pool)))
    }

    /// The keys of the pool. Returns `None` if it has none yet.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) fn find_keys(&self, tx: &ReadTx<'_>, pool: &Pool) -> Result<Option<PoolKeys>> {
        self.keys_of(tx, pool, tx.find_pool_keys(pool)?)
    }

    /// The keys of the pool of which this is kept. Returns `None` if it has none yet.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) fn keys_of(
        &self,
        tx: &ReadTx<'_>,
        pool: &Pool,
        kept: Option<KeptKeys>,
    ) -> Result<Option<PoolKeys>> {
        let Some(kept) = kept else {
            return Ok(None);
        };
        Ok(Some(PoolKeys {
            id: self.pair(tx, pool, &kept.id_kid)?,
            access: self.pair(tx, pool, &kept.access_kid)?,
            seal: Arc::new(kept.seal),
        }))
    }

    fn pair(&self, tx: &ReadTx<'_>, pool: &Pool, kid: &str) -> Result<Arc<SigningKey>> {
        let known = self.lock().get(kid).cloned();
        if let Some(key) = known {
            return Ok(key);
        }
        let key = Arc::new(tx.signing_key(pool, kid)?);
        let mut pairs = self.lock();
        if pairs.len() >= MAX_PAIRS {
            pairs.clear();
        }
        pairs.insert(kid.to_owned(), Arc::clone(&key));
        Ok(key)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<SigningKey>>> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
