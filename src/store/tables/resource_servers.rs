//! The table `resource_servers`.

use crate::domain::pool::Pool;
use crate::domain::resource_server::{MAX_RESOURCE_SERVERS, ResourceServer};
use crate::error::{ApiError, Result};
use crate::store::page::{Page, one_more};
use crate::store::tx::{ReadTx, Row, WriteTx};

impl ReadTx<'_> {
    /// The pool's resource server with this identifier.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has none.
    pub(crate) fn resource_server(&self, pool: &Pool, identifier: &str) -> Result<ResourceServer> {
        self.find_resource_server(pool, identifier)?
            .ok_or_else(|| ApiError::no_such_resource_server(identifier))
    }

    /// The pool's resource server with this identifier, if there is one.
    pub(crate) fn find_resource_server(
        &self,
        pool: &Pool,
        identifier: &str,
    ) -> Result<Option<ResourceServer>> {
        self.maybe_held(
            "SELECT identifier, name, scopes FROM resource_servers WHERE pool = ?1 AND identifier = ?2",
            "resource_servers",
            (pool.row, identifier),
            resource_server,
        )
    }

    /// Up to `limit` resource servers of the pool whose identifiers come after `after`.
    pub(crate) fn resource_servers(
        &self,
        pool: &Pool,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<ResourceServer>> {
        let found = self.all(
            "SELECT identifier, name, scopes FROM resource_servers WHERE pool = ?1 AND identifier > ?2
             ORDER BY identifier LIMIT ?3",
            (pool.row, after.unwrap_or_default(), one_more(limit)),
            resource_server,
        )?;
        Ok(Page::cut(found, limit))
    }

    /// The names of all scopes that the pool's resource servers define, as clients and access tokens have them
    /// (`<identifier>/<scope>`).
    pub(crate) fn custom_scopes(&self, pool: &Pool) -> Result<Vec<String>> {
        let servers = self
            .resource_servers(pool, None, MAX_RESOURCE_SERVERS)?
            .items;
        Ok(servers
            .iter()
            .flat_map(ResourceServer::scope_names)
            .collect())
    }
}

impl WriteTx<'_> {
    /// Writes a new resource server of the pool.
    ///
    /// # Errors
    /// `InvalidParameterException` when the pool has one with this identifier; `LimitExceededException` when it has as many as a
    /// pool may have.
    pub(crate) fn insert_resource_server(
        &self,
        pool: &Pool,
        server: &ResourceServer,
    ) -> Result<()> {
        self.hold_pool(pool)?;
        let inserted = self.run(
            "INSERT INTO resource_servers (pool, identifier, name, scopes) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            (
                pool.row,
                server.identifier.as_str(),
                server.name.as_str(),
                encode(server)?,
            ),
        )?;
        if inserted == 0 {
            return Err(ApiError::resource_server_exists(
                &server.identifier,
                &pool.id,
            ));
        }
        let number: u32 = self.one(
            "SELECT count(*) FROM resource_servers WHERE pool = ?1",
            [pool.row],
            |row| row.get(0),
        )?;
        if number > MAX_RESOURCE_SERVERS {
            return Err(ApiError::too_many_resource_servers());
        }
        Ok(())
    }

    /// Writes over the pool's resource server with the same identifier.
    pub(crate) fn put_resource_server(&self, pool: &Pool, server: &ResourceServer) -> Result<()> {
        self.write(
            "UPDATE resource_servers SET name = ?3, scopes = ?4 WHERE pool = ?1 AND identifier = ?2",
            (
                pool.row,
                server.identifier.as_str(),
                server.name.as_str(),
                encode(server)?,
            ),
        )
    }

    /// Deletes the pool's resource server. Clients keep the names of its scopes.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has none with this identifier.
    pub(crate) fn delete_resource_server(&self, pool: &Pool, identifier: &str) -> Result<()> {
        let deleted = self.run(
            "DELETE FROM resource_servers WHERE pool = ?1 AND identifier = ?2",
            (pool.row, identifier),
        )?;
        if deleted == 0 {
            return Err(ApiError::no_such_resource_server(identifier));
        }
        Ok(())
    }
}

/// Reads a resource server from the first three columns.
pub(in crate::store) fn resource_server(row: Row<'_>) -> Result<ResourceServer> {
    let scopes = serde_json::from_str(row.text(2)?);
    Ok(ResourceServer {
        identifier: row.get(0)?,
        name: row.get(1)?,
        scopes: scopes.map_err(|error| ApiError::internal(format_args!("scopes: {error}")))?,
    })
}

fn encode(server: &ResourceServer) -> Result<String> {
    serde_json::to_string(&server.scopes).map_err(ApiError::internal)
}
