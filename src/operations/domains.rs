//! Domains of user pools.

use std::sync::Arc;

use crate::api::{
    CreateUserPoolDomainRequest, CreateUserPoolDomainResponse, CustomDomainConfigType,
    DeleteUserPoolDomainRequest, DeleteUserPoolDomainResponse, DescribeUserPoolDomainRequest,
    DescribeUserPoolDomainResponse, UpdateUserPoolDomainRequest, UpdateUserPoolDomainResponse,
};
use crate::context::Cx;
use crate::domain::pool::{Pool, settings};
use crate::domain::user_pool_domain::{
    CLASSIC, DomainKind, MANAGED_LOGIN, UserPoolDomain, check_certificate, check_name,
};
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;
use crate::operations::table::Table;
use crate::quotas::Category;
use crate::store::ReadTx;

/// The operations of domains.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserPoolResourceUpdate, create_user_pool_domain)
        .op(Category::UserPoolResourceRead, describe_user_pool_domain)
        .op(Category::UserPoolResourceUpdate, update_user_pool_domain)
        .op(Category::UserPoolResourceUpdate, delete_user_pool_domain)
}

/// Gives a pool a domain: a prefix, or with a certificate one of its owner's own.
pub(crate) async fn create_user_pool_domain(
    cx: Cx,
    request: CreateUserPoolDomainRequest,
) -> Result<CreateUserPoolDomainResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let kind = match request.custom_domain_config {
            Some(config) => DomainKind::Custom(config),
            None => DomainKind::Prefix,
        };
        check_name(&request.domain, &kind)?;
        check_certificate(&kind, cx.seen.request_id())?;
        if request.routing.is_some() {
            return Err(ApiError::no_replica_for_domain());
        }
        let version = request.managed_login_version.unwrap_or(CLASSIC);
        check_version(tx, &pool, version)?;
        let domain = UserPoolDomain {
            name: request.domain,
            kind,
            managed_login_version: version,
            created: cx.now.whole_seconds(),
        };
        tx.insert_domain(&pool, &domain)?;
        Ok(CreateUserPoolDomainResponse {
            cloud_front_domain: domain.told_distribution(),
            managed_login_version: Some(version),
            routing: None,
        })
    })
    .await
}

/// Shows a domain of the caller's account. Whoever asks for another one gets an empty description.
pub(crate) async fn describe_user_pool_domain(
    cx: Cx,
    request: DescribeUserPoolDomainRequest,
) -> Result<DescribeUserPoolDomainResponse> {
    cx.read(move |cx, tx| {
        let found = tx.find_domain(&request.domain)?;
        let own = found.filter(|(pool, _)| pool.account == cx.account);
        let description = own.map(|(pool, domain)| {
            cx.seen.set_pool(&pool.id);
            domain.into_description(&pool)
        });
        Ok(DescribeUserPoolDomainResponse {
            domain_description: Some(description.unwrap_or_default()),
        })
    })
    .await
}

/// Changes the certificate of a domain or the version of its pages. What the request leaves out stays as it is.
pub(crate) async fn update_user_pool_domain(
    cx: Cx,
    request: UpdateUserPoolDomainRequest,
) -> Result<UpdateUserPoolDomainResponse> {
    cx.write(move |cx, tx| {
        let pool = pool_of_domain(cx, tx, &request.user_pool_id)?;
        let mut domain = tx.domain(&pool, &request.domain)?;
        if let Some(config) = request.custom_domain_config {
            domain.kind = with_certificate(&domain.kind, config)?;
            check_certificate(&domain.kind, cx.seen.request_id())?;
        }
        if request.routing.is_some() {
            return Err(ApiError::no_replica_for_domain());
        }
        if let Some(version) = request.managed_login_version {
            check_version(tx, &pool, version)?;
            domain.managed_login_version = version;
        }
        tx.put_domain(&domain)?;
        Ok(UpdateUserPoolDomainResponse {
            cloud_front_domain: domain.told_distribution(),
            managed_login_version: Some(domain.managed_login_version),
            routing: None,
        })
    })
    .await
}

/// Deletes a domain. Its name is free again.
pub(crate) async fn delete_user_pool_domain(
    cx: Cx,
    request: DeleteUserPoolDomainRequest,
) -> Result<DeleteUserPoolDomainResponse> {
    cx.write(move |cx, tx| {
        let pool = pool_of_domain(cx, tx, &request.user_pool_id)?;
        tx.delete_domain(&pool, &request.domain)?;
        Ok(DeleteUserPoolDomainResponse {})
    })
    .await
}

/// The pool of a request that changes a domain. Cognito says the same of an unknown pool and of an unknown domain.
fn pool_of_domain(cx: &Cx, tx: &ReadTx<'_>, id: &UserPoolId) -> Result<Arc<Pool>> {
    match tx.find_pool(id)? {
        Some(_) => cx.pool(tx, id),
        None => Err(ApiError::no_such_domain()),
    }
}

fn with_certificate(kind: &DomainKind, config: CustomDomainConfigType) -> Result<DomainKind> {
    match kind {
        DomainKind::Prefix => Err(ApiError::no_custom_domain()),
        DomainKind::Custom(_) => Ok(DomainKind::Custom(config)),
    }
}

/// Checks that there are pages of this version, and that the pool's feature plan has them.
fn check_version(tx: &ReadTx<'_>, pool: &Pool, version: i64) -> Result<()> {
    match version {
        CLASSIC => Ok(()),
        MANAGED_LOGIN => settings::check_has_managed_login(&tx.pool_settings(pool)?),
        _ => Err(ApiError::bad_managed_login_version()),
    }
}
