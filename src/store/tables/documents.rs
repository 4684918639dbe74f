//! The table `documents`.

use crate::api::Timestamp;
use crate::domain::branding::classic::{ALL, Customization};
use crate::domain::document::{Body, Document};
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::ClientId;
use crate::store::page::{Page, one_more};
use crate::store::tx::{ReadTx, Row, WriteTx};

impl ReadTx<'_> {
    /// The pool's document with this id, if there is one.
    pub(crate) fn find_document<B: Body>(
        &self,
        pool: &Pool,
        id: &str,
    ) -> Result<Option<Document<B>>> {
        self.maybe_held(
            "SELECT id, client_id, name, body, created_ms, modified_ms
             FROM documents LEFT JOIN app_clients ON app_clients.row = documents.client
             WHERE documents.pool = ?1 AND kind = ?2 AND id = ?3",
            "documents",
            (pool.row, B::KIND, id),
            document,
        )
    }

    /// The document of the pool's client that has this name, if there is one; the name is empty where a client has one at most.
    pub(crate) fn find_document_of_client<B: Body>(
        &self,
        pool: &Pool,
        client: &ClientId,
        name: &str,
    ) -> Result<Option<Document<B>>> {
        self.maybe(
            "SELECT id, client_id, name, body, created_ms, modified_ms
             FROM app_clients JOIN documents ON documents.client = app_clients.row
             WHERE client_id = ?2 AND app_clients.pool = ?1 AND kind = ?3 AND name = ?4",
            (pool.row, client.as_str(), B::KIND, name),
            document,
        )
    }

    /// When the document of the pool's client that has this name was last changed. Returns `None` if there is none. It reads nothing
    /// of the document, which may be large.
    pub(crate) fn find_change_of_document<B: Body>(
        &self,
        pool: &Pool,
        client: &ClientId,
        name: &str,
    ) -> Result<Option<Timestamp>> {
        self.maybe(
            "SELECT modified_ms FROM app_clients JOIN documents ON documents.client = app_clients.row
             WHERE client_id = ?2 AND app_clients.pool = ?1 AND kind = ?3 AND name = ?4",
            (pool.row, client.as_str(), B::KIND, name),
            |row| Ok(Timestamp::from_millis(row.get(0)?)),
        )
    }

    /// The documents of the pool's client, in no order.
    pub(crate) fn documents_of_client<B: Body>(
        &self,
        pool: &Pool,
        client: &ClientId,
    ) -> Result<Vec<Document<B>>> {
        self.all(
            "SELECT id, client_id, name, body, created_ms, modified_ms
             FROM app_clients JOIN documents ON documents.client = app_clients.row
             WHERE client_id = ?2 AND app_clients.pool = ?1 AND kind = ?3",
            (pool.row, client.as_str(), B::KIND),
            document,
        )
    }

    /// The customization of the classic pages: the client's own, or else that of the pool.
    pub(crate) fn find_customization(
        &self,
        pool: &Pool,
        client: Option<&ClientId>,
    ) -> Result<Option<Document<Customization>>> {
        let own = match client {
            Some(client) => self.find_document(pool, client.as_str())?,
            None => None,
        };
        match own {
            Some(own) => Ok(Some(own)),
            None => self.find_document(pool, ALL),
        }
    }

    /// Up to `limit` documents of the pool whose ids come after `after`.
    pub(crate) fn documents<B: Body>(
        &self,
        pool: &Pool,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<Document<B>>> {
        let found = self.all(
            "SELECT id, client_id, name, body, created_ms, modified_ms
             FROM documents LEFT JOIN app_clients ON app_clients.row = documents.client
             WHERE documents.pool = ?1 AND kind = ?2 AND id > ?3 ORDER BY id LIMIT ?4",
            (
                pool.row,
                B::KIND,
                after.unwrap_or_default(),
                one_more(limit),
            ),
            document,
        )?;
        Ok(Page::cut(found, limit))
    }

    /// How many documents of this kind the pool has.
    pub(crate) fn count_documents<B: Body>(&self, pool: &Pool) -> Result<u32> {
        self.one(
            "SELECT count(*) FROM documents WHERE pool = ?1 AND kind = ?2",
            (pool.row, B::KIND),
            |row| row.get(0),
        )
    }
}

impl WriteTx<'_> {
    /// Writes a new document of the pool. Returns false if its client, which must exist, has one with this name.
    pub(crate) fn insert_document<B: Body>(
        &self,
        pool: &Pool,
        document: &Document<B>,
    ) -> Result<bool> {
        let inserted = self.run(
            "INSERT INTO documents (pool, client, kind, id, name, body, created_ms, modified_ms)
             VALUES (?1, (SELECT row FROM app_clients WHERE client_id = ?2 AND pool = ?1), ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT DO NOTHING",
            (
                pool.row,
                document.client.as_ref().map(ClientId::as_str),
                B::KIND,
                document.id.as_str(),
                document.name.as_str(),
                encode(&document.body)?,
                document.created.millis(),
                document.modified.millis(),
            ),
        )?;
        Ok(inserted > 0)
    }

    /// Writes over the pool's document with the same id, but for its client. Returns false if the client has another document with
    /// its new name.
    pub(crate) fn put_document<B: Body>(
        &self,
        pool: &Pool,
        document: &Document<B>,
    ) -> Result<bool> {
        let other = self.maybe(
            "SELECT 1 FROM documents JOIN documents AS others ON others.client = documents.client AND others.kind = documents.kind
             WHERE documents.pool = ?1 AND documents.kind = ?2 AND documents.id = ?3 AND others.name = ?4 AND others.id <> ?3",
            (pool.row, B::KIND, document.id.as_str(), document.name.as_str()),
            |_| Ok(()),
        )?;
        if other.is_some() {
            return Ok(false);
        }
        self.write(
            "UPDATE documents SET name = ?4, body = ?5, created_ms = ?6, modified_ms = ?7
             WHERE pool = ?1 AND kind = ?2 AND id = ?3",
            (
                pool.row,
                B::KIND,
                document.id.as_str(),
                document.name.as_str(),
                encode(&document.body)?,
                document.created.millis(),
                document.modified.millis(),
            ),
        )?;
        Ok(true)
    }

    /// Deletes the pool's document. Returns false if there is none with this id.
    pub(crate) fn delete_document<B: Body>(&self, pool: &Pool, id: &str) -> Result<bool> {
        let deleted = self.run(
            "DELETE FROM documents WHERE pool = ?1 AND kind = ?2 AND id = ?3",
            (pool.row, B::KIND, id),
        )?;
        Ok(deleted > 0)
    }
}

/// Reads a document from the first six columns.
pub(in crate::store) fn document<B: Body>(row: Row<'_>) -> Result<Document<B>> {
    let body = serde_json::from_str(row.text(3)?);
    Ok(Document {
        id: row.get(0)?,
        client: row.get::<Option<String>>(1)?.map(ClientId::from),
        name: row.get(2)?,
        body: body.map_err(|error| ApiError::internal(format_args!("{}: {error}", B::KIND)))?,
        created: Timestamp::from_millis(row.get(4)?),
        modified: Timestamp::from_millis(row.get(5)?),
    })
}

fn encode(body: &impl Body) -> Result<String> {
    serde_json::to_string(body).map_err(ApiError::internal)
}
