//! The table `user_pool_domains`.

use std::sync::Arc;

use crate::api::{CustomDomainConfigType, SecurityPolicyType, Timestamp};
use crate::domain::pool::Pool;
use crate::domain::user_pool_domain::{DomainKind, MANAGED_LOGIN, UserPoolDomain};
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;
use crate::store::tx::{ReadTx, Row, WriteTx};

impl ReadTx<'_> {
    /// The domain with this name, be it a prefix or a custom domain, with its pool. Returns `None` if no pool has it.
    pub(crate) fn find_domain(&self, name: &str) -> Result<Option<(Arc<Pool>, UserPoolDomain)>> {
        let found = self.maybe(
            "SELECT name, is_custom, certificate_arn, security_policy, managed_login_version, created_ms, id
             FROM user_pool_domains JOIN pools ON pools.row = user_pool_domains.pool WHERE name = ?1",
            [name],
            |row| Ok((UserPoolId::from(row.get::<String>(6)?), domain(row)?)),
        )?;
        let Some((id, domain)) = found else {
            return Ok(None);
        };
        Ok(self.find_pool(&id)?.map(|pool| (pool, domain)))
    }

    /// The domains of the pool: its prefix, then its custom domain.
    pub(crate) fn domains(&self, pool: &Pool) -> Result<Vec<UserPoolDomain>> {
        self.all(
            "SELECT name, is_custom, certificate_arn, security_policy, managed_login_version, created_ms
             FROM user_pool_domains WHERE pool = ?1 ORDER BY is_custom",
            [pool.row],
            domain,
        )
    }

    /// Whether a domain of the pool has the pages of managed login.
    pub(crate) fn has_managed_login(&self, pool: &Pool) -> Result<bool> {
        let mut domains = self.domains(pool)?.into_iter();
        Ok(domains.any(|domain| domain.managed_login_version == MANAGED_LOGIN))
    }

    /// The pool's domain with this name.
    ///
    /// # Errors
    /// `InvalidParameterException` when the pool has none.
    pub(crate) fn domain(&self, pool: &Pool, name: &str) -> Result<UserPoolDomain> {
        let found = self.maybe_held(
            "SELECT name, is_custom, certificate_arn, security_policy, managed_login_version, created_ms
             FROM user_pool_domains WHERE name = ?1 AND pool = ?2",
            "user_pool_domains",
            (name, pool.row),
            domain,
        )?;
        found.ok_or_else(ApiError::no_such_domain)
    }
}

impl WriteTx<'_> {
    /// Writes a new domain of the pool.
    ///
    /// # Errors
    /// `InvalidParameterException` when the pool has a domain of this kind, and when a pool has one with this name.
    pub(crate) fn insert_domain(&self, pool: &Pool, domain: &UserPoolDomain) -> Result<()> {
        self.hold_pool(pool)?;
        let mut others = self.domains(pool)?.into_iter();
        if others.any(|other| other.kind.is_custom() == domain.kind.is_custom()) {
            return Err(ApiError::pool_has_domain());
        }
        let config = domain.kind.config();
        let inserted = self.run(
            "INSERT INTO user_pool_domains
                 (name, pool, is_custom, certificate_arn, security_policy, managed_login_version, created_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            (
                domain.name.as_str(),
                pool.row,
                domain.kind.is_custom(),
                config.certificate_arn.as_deref(),
                config.security_policy.map(SecurityPolicyType::as_str),
                domain.managed_login_version,
                domain.created.millis(),
            ),
        )?;
        if inserted == 0 {
            return Err(ApiError::domain_taken());
        }
        Ok(())
    }

    /// Writes over the domain with the same name: its certificate, the version of its pages, and its date.
    pub(crate) fn put_domain(&self, domain: &UserPoolDomain) -> Result<()> {
        let config = domain.kind.config();
        self.write(
            "UPDATE user_pool_domains SET certificate_arn = ?2, security_policy = ?3, managed_login_version = ?4, created_ms = ?5
             WHERE name = ?1",
            (
                domain.name.as_str(),
                config.certificate_arn.as_deref(),
                config.security_policy.map(SecurityPolicyType::as_str),
                domain.managed_login_version,
                domain.created.millis(),
            ),
        )
    }

    /// Deletes the pool's domain.
    ///
    /// # Errors
    /// `InvalidParameterException` when the pool has none with this name.
    pub(crate) fn delete_domain(&self, pool: &Pool, name: &str) -> Result<()> {
        let deleted = self.run(
            "DELETE FROM user_pool_domains WHERE name = ?1 AND pool = ?2",
            (name, pool.row),
        )?;
        if deleted == 0 {
            return Err(ApiError::no_such_domain());
        }
        Ok(())
    }
}

/// Reads a domain from the first six columns.
pub(in crate::store) fn domain(row: Row<'_>) -> Result<UserPoolDomain> {
    Ok(UserPoolDomain {
        name: row.get(0)?,
        kind: if row.get(1)? {
            DomainKind::Custom(config(row)?)
        } else {
            DomainKind::Prefix
        },
        managed_login_version: row.get(4)?,
        created: Timestamp::from_millis(row.get(5)?),
    })
}

fn config(row: Row<'_>) -> Result<CustomDomainConfigType> {
    let policy: Option<String> = row.get(3)?;
    let policy = policy.map(|policy| serde_json::from_value(policy.into()));
    Ok(CustomDomainConfigType {
        certificate_arn: row.get(2)?,
        security_policy: policy.transpose().map_err(ApiError::internal)?,
    })
}
