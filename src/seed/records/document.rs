//! What documents of a pool and its app clients have in common in a seed.

use std::fmt::Display;

use super::kind::{Occasion, Record};
use crate::api::{Timestamp, UserPoolType};
use crate::domain::document::{Body, Document};
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::{ClientId, UserPoolId};
use crate::seed::refusal::Refusal;
use crate::store::{ReadTx, WriteTx, Written};

/// Documents that are read from the registry at once.
const PAGE: u32 = 1000;

/// A document of a seed; what it leaves open stays as it is, or is drawn.
pub(super) struct SeedDocument<B> {
    /// What tells it from the pool's other documents of its kind in the seed.
    pub(super) key: String,
    pub(super) id: Option<String>,
    pub(super) client: Option<ClientId>,
    pub(super) name: String,
    pub(super) body: B,
    pub(super) created: Option<Timestamp>,
    pub(super) modified: Option<Timestamp>,
}

impl<B: Body + Send> Record<Pool> for SeedDocument<B> {
    fn key(&self) -> &str {
        &self.key
    }

    fn put(&self, tx: &WriteTx<'_>, pool: &Pool, occasion: &Occasion<'_>) -> Result<Written> {
        let before = self.before(tx, pool)?;
        if let Some(client) = &self.client {
            tx.client(pool, client)?;
        }
        let document = self.after(before.as_ref(), occasion);
        match before {
            Some(before) if before == document => Ok(Written::Unchanged),
            Some(before) if before.id == document.id => {
                tx.put_document(pool, &document)?;
                Ok(Written::Updated)
            }
            Some(before) => {
                tx.delete_document::<B>(pool, &before.id)?;
                insert(tx, pool, &document)?;
                Ok(Written::Updated)
            }
            None => {
                insert(tx, pool, &document)?;
                Ok(Written::Created)
            }
        }
    }
}

impl<B: Body> SeedDocument<B> {
    /// What the registry has in its place: the document with its key where that is its id, otherwise the one of its client that has
    /// its name.
    fn before(&self, tx: &WriteTx<'_>, pool: &Pool) -> Result<Option<Document<B>>> {
        if self.id.as_ref() == Some(&self.key) {
            return tx.find_document(pool, &self.key);
        }
        let client = self.client.as_ref();
        let client =
            client.ok_or_else(|| ApiError::internal("a document without id and client"))?;
        tx.find_document_of_client(pool, client, &self.name)
    }

    fn after(&self, before: Option<&Document<B>>, occasion: &Occasion<'_>) -> Document<B> {
        let id = self.id.clone().or(before.map(|before| before.id.clone()));
        let created = self.created.or(before.map(|before| before.created));
        let created = created.unwrap_or(occasion.now);
        let modified = self.modified.or(before.map(|before| before.modified));
        Document {
            id: id.unwrap_or_else(|| occasion.chance.uuid().to_string()),
            client: self.client.clone(),
            name: self.name.clone(),
            body: self.body.clone(),
            created,
            modified: modified.unwrap_or(created),
        }
    }
}

fn insert<B: Body>(tx: &WriteTx<'_>, pool: &Pool, document: &Document<B>) -> Result<()> {
    if tx.insert_document(pool, document)? {
        Ok(())
    } else {
        Err(ApiError::invalid_parameter("another document has this id"))
    }
}

/// Checks that a document names its own pool, if it names one.
pub(super) fn check_pool(
    place: &dyn Display,
    named: Option<&UserPoolId>,
    pool: &UserPoolType,
) -> Result<(), Refusal> {
    if named.is_some() && named != pool.id.as_ref() {
        return Err(Refusal::at(place, "UserPoolId is that of another pool"));
    }
    Ok(())
}

/// All documents of a kind that the pool has.
///
/// # Errors
/// When the store fails.
pub(super) fn all<B: Body>(tx: &ReadTx<'_>, pool: &Pool) -> Result<Vec<Document<B>>> {
    let mut all: Vec<Document<B>> = Vec::new();
    loop {
        let after = all.last().map(|document| document.id.as_str());
        let page = tx.documents(pool, after, PAGE)?;
        all.extend(page.items);
        if !page.more {
            return Ok(all);
        }
    }
}
