//! Identity providers from creation to deletion.

use crate::api::{
    CreateIdentityProviderRequest, CreateIdentityProviderResponse, DeleteIdentityProviderRequest,
    DescribeIdentityProviderRequest, DescribeIdentityProviderResponse,
    GetIdentityProviderByIdentifierRequest, GetIdentityProviderByIdentifierResponse,
    IdentityProviderType, ListIdentityProvidersRequest, ListIdentityProvidersResponse, NoContent,
    UpdateIdentityProviderRequest, UpdateIdentityProviderResponse,
};
use crate::context::Cx;
use crate::domain::pool::Pool;
use crate::domain::provider::{COGNITO, IdentityProvider};
use crate::domain::user::attributes::Schema;
use crate::error::{ApiError, Result};
use crate::operations::page::PageRequest;
use crate::store::WriteTx;

/// The most providers that a page of the list has, with or without a limit.
const LIMIT: i64 = 50;

/// Creates an identity provider of a pool.
pub(crate) async fn create_identity_provider(
    cx: Cx,
    request: CreateIdentityProviderRequest,
) -> Result<CreateIdentityProviderResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let identifiers_given = request.idp_identifiers.is_some();
        let mut provider = IdentityProvider {
            name: request.provider_name,
            provider_type: request.provider_type,
            details: request.provider_details,
            mapping: request.attribute_mapping,
            identifiers: request.idp_identifiers.unwrap_or_default(),
            acr_mapping: request.acr_mapping,
            created: cx.now,
            modified: cx.now,
        };
        provider.complete_mapping();
        provider.check(&Schema::of(&tx.pool_settings(&pool)?))?;
        tx.hold_pool(&pool)?;
        if let Some(taken) = taken_identifier(tx, &pool, &provider)? {
            return Err(ApiError::provider_exists(&taken, &pool.id));
        }
        tx.insert_provider(&pool, &provider, &cx.ambient)?;
        Ok(CreateIdentityProviderResponse {
            identity_provider: changed(provider, &pool, identifiers_given),
        })
    })
    .await
}

/// Shows an identity provider, its secret included.
pub(crate) async fn describe_identity_provider(
    cx: Cx,
    request: DescribeIdentityProviderRequest,
) -> Result<DescribeIdentityProviderResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let provider = tx.provider(&pool, &request.provider_name)?;
        Ok(DescribeIdentityProviderResponse {
            identity_provider: shown(provider, &pool),
        })
    })
    .await
}

/// Shows the identity provider that has an identifier.
pub(crate) async fn get_identity_provider_by_identifier(
    cx: Cx,
    request: GetIdentityProviderByIdentifierRequest,
) -> Result<GetIdentityProviderByIdentifierResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let identifier = &request.idp_identifier;
        let provider = tx.find_provider_by_identifier(&pool, identifier)?;
        let provider =
            provider.ok_or_else(|| ApiError::no_provider_with_identifier(identifier, &pool.id))?;
        Ok(GetIdentityProviderByIdentifierResponse {
            identity_provider: shown(provider, &pool),
        })
    })
    .await
}

/// Lists the identity providers of a pool, page by page in the order of their names.
pub(crate) async fn list_identity_providers(
    cx: Cx,
    request: ListIdentityProvidersRequest,
) -> Result<ListIdentityProvidersResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let list = format!("providers/{}", pool.id);
        let limit = request.max_results.filter(|limit| *limit > 0);
        let limit = limit.map_or(LIMIT, |limit| limit.min(LIMIT));
        let page = PageRequest::of(list, Some(limit), request.next_token.as_deref())?;
        let found = tx.providers(&pool, page.after(), page.limit())?;
        let (providers, next_token) = page.answer(found, |provider| provider.name.as_str().into());
        let providers = providers.into_iter();
        Ok(ListIdentityProvidersResponse {
            next_token,
            providers: providers.map(IdentityProvider::into_description).collect(),
        })
    })
    .await
}

/// Changes an identity provider. What the request leaves out stays as it is.
pub(crate) async fn update_identity_provider(
    cx: Cx,
    request: UpdateIdentityProviderRequest,
) -> Result<UpdateIdentityProviderResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        check_changeable(&request.provider_name)?;
        tx.hold_pool(&pool)?;
        let before = tx.find_provider(&pool, &request.provider_name)?;
        let before = before
            .ok_or_else(|| ApiError::no_provider_to_update(&request.provider_name, &pool.id))?;
        let identifiers_given = request.idp_identifiers.is_some();
        let provider = IdentityProvider {
            details: request.provider_details.unwrap_or(before.details),
            mapping: request.attribute_mapping.or(before.mapping),
            identifiers: request.idp_identifiers.unwrap_or(before.identifiers),
            acr_mapping: request.acr_mapping.or(before.acr_mapping),
            modified: cx.now,
            ..before
        };
        provider.check(&Schema::of(&tx.pool_settings(&pool)?))?;
        if let Some(taken) = taken_identifier(tx, &pool, &provider)? {
            return Err(ApiError::identifier_taken(&taken, &pool.id));
        }
        tx.put_provider(&pool, &provider, &cx.ambient)?;
        Ok(UpdateIdentityProviderResponse {
            identity_provider: changed(provider, &pool, identifiers_given),
        })
    })
    .await
}

/// Deletes an identity provider. Its users stay, and clients keep its name.
pub(crate) async fn delete_identity_provider(
    cx: Cx,
    request: DeleteIdentityProviderRequest,
) -> Result<NoContent> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        check_changeable(&request.provider_name)?;
        tx.delete_provider(&pool, &request.provider_name)?;
        Ok(NoContent)
    })
    .await
}

/// Refuses the name that stands for the pool itself.
fn check_changeable(name: &str) -> Result<()> {
    if name.eq_ignore_ascii_case(COGNITO) {
        Err(ApiError::unsupported_provider())
    } else {
        Ok(())
    }
}

/// An identifier of the provider that another provider of the pool has.
fn taken_identifier(
    tx: &WriteTx<'_>,
    pool: &Pool,
    provider: &IdentityProvider,
) -> Result<Option<String>> {
    for identifier in &provider.identifiers {
        let other = tx.find_provider_by_identifier(pool, identifier)?;
        if other.is_some_and(|other| other.name != provider.name) {
            return Ok(Some(identifier.clone()));
        }
    }
    Ok(None)
}

/// The provider as it is shown.
fn shown(provider: IdentityProvider, pool: &Pool) -> IdentityProviderType {
    IdentityProviderType {
        user_pool_id: Some(pool.id.clone()),
        ..provider.into_type()
    }
}

/// The provider as the answer to a change shows it: with its identifiers only if the request had them.
fn changed(
    provider: IdentityProvider,
    pool: &Pool,
    identifiers_given: bool,
) -> IdentityProviderType {
    let shown = shown(provider, pool);
    IdentityProviderType {
        idp_identifiers: shown.idp_identifiers.filter(|_| identifiers_given),
        ..shown
    }
}
