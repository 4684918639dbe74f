//! User pools: their life cycle and their settings.

use std::collections::BTreeMap;

use crate::api::{
    AddCustomAttributesRequest, AddCustomAttributesResponse, CreateUserPoolRequest,
    CreateUserPoolResponse, DeleteUserPoolRequest, DeletionProtectionType, DescribeUserPoolRequest,
    DescribeUserPoolResponse, ListUserPoolsRequest, ListUserPoolsResponse, NoContent,
    UpdateUserPoolRequest, UpdateUserPoolResponse, UserPoolDescriptionType, UserPoolType,
};
use crate::context::Cx;
use crate::domain::mfa::MfaConfig;
use crate::domain::pool::schema_attributes;
use crate::domain::pool::settings;
use crate::domain::pool::{Configuration, Pool, pool_id};
use crate::domain::user_pool_domain::DomainKind;
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;
use crate::operations::page::PageRequest;
use crate::operations::pools::tags;
use crate::store::ReadTx;

/// Creates a pool of the caller's account.
pub(crate) async fn create_user_pool(
    cx: Cx,
    mut request: CreateUserPoolRequest,
) -> Result<CreateUserPoolResponse> {
    let id = match take_id(request.user_pool_tags.as_mut(), &cx.region)? {
        Some(id) => id,
        None => UserPoolId::from(cx.ambient.user_pool_id(&cx.region)),
    };
    let settings = new_settings(&cx, &id, request)?;
    check(&settings, &MfaConfig::default())?;
    cx.write(move |cx, tx| {
        if !tx.insert_pool(&id, &cx.account, &settings)? {
            let message = format!("User pool {id} already exists.");
            return Err(ApiError::invalid_parameter(message).because("a pool has this id already"));
        }
        let pool = tx.pool(&id)?;
        let user_pool = Some(view(tx, &pool)?);
        Ok(CreateUserPoolResponse { user_pool })
    })
    .await
}

/// Shows a pool's settings, defaults included.
pub(crate) async fn describe_user_pool(
    cx: Cx,
    request: DescribeUserPoolRequest,
) -> Result<DescribeUserPoolResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let user_pool = Some(view(tx, &pool)?);
        Ok(DescribeUserPoolResponse { user_pool })
    })
    .await
}

/// Replaces a pool's settings. A setting that the request leaves out is back at its default, except those that never change.
pub(crate) async fn update_user_pool(
    cx: Cx,
    request: UpdateUserPoolRequest,
) -> Result<UpdateUserPoolResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.hold_pool(&pool)?;
        tx.check_no_import_runs(&pool)?;
        let settings = changed_settings(cx, tx.pool_settings(&pool)?, request);
        check(&settings, &tx.pool_factors(&pool)?)?;
        if pool.sessions.enabled {
            settings::check_has_sessions(&settings)?;
        }
        if tx.has_managed_login(&pool)? {
            settings::check_has_managed_login(&settings)?;
        }
        tx.put_pool(&pool.id, &pool.account, &settings)?;
        Ok(UpdateUserPoolResponse {})
    })
    .await
}

/// Deletes a pool and everything in it, unless it is protected.
pub(crate) async fn delete_user_pool(cx: Cx, request: DeleteUserPoolRequest) -> Result<NoContent> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.hold_pool(&pool)?;
        tx.check_no_import_runs(&pool)?;
        let protection = tx.pool_settings(&pool)?.deletion_protection;
        if protection == Some(DeletionProtectionType::Active) {
            return Err(ApiError::invalid_parameter(
                "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be \
                 inactivated first.",
            ));
        }
        if !tx.domains(&pool)?.is_empty() {
            return Err(ApiError::domain_in_the_way());
        }
        tx.delete_pool(&pool)?;
        Ok(NoContent)
    })
    .await
}

/// Lists the pools of the caller's account, page by page in the order of their ids.
pub(crate) async fn list_user_pools(
    cx: Cx,
    request: ListUserPoolsRequest,
) -> Result<ListUserPoolsResponse> {
    cx.read(move |cx, tx| {
        let list = format!("pools/{}", cx.account);
        let page = PageRequest::of(
            list,
            Some(request.max_results),
            request.next_token.as_deref(),
        )?;
        let found = tx.pools_of(&cx.account, page.after(), page.limit())?;
        let (pools, next_token) = page.answer(found, |(id, _)| id.as_str().into());
        Ok(ListUserPoolsResponse {
            next_token,
            user_pools: Some(pools.into_iter().map(description).collect()),
        })
    })
    .await
}

/// Adds custom attributes to a pool's schema.
pub(crate) async fn add_custom_attributes(
    cx: Cx,
    request: AddCustomAttributesRequest,
) -> Result<AddCustomAttributesResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.hold_pool(&pool)?;
        tx.check_no_import_runs(&pool)?;
        let mut settings = tx.pool_settings(&pool)?;
        let schema = settings
            .schema_attributes
            .get_or_insert_with(schema_attributes::standard);
        for attribute in request.custom_attributes {
            schema.push(schema_attributes::custom(attribute).map_err(no_such_schema)?);
        }
        settings.last_modified_date = Some(cx.now);
        check_configuration(&settings)?;
        tx.put_pool(&pool.id, &pool.account, &settings)?;
        Ok(AddCustomAttributesResponse {})
    })
    .await
}

/// The pool as Cognito shows it.
fn view(tx: &ReadTx<'_>, pool: &Pool) -> Result<UserPoolType> {
    let mut settings = tx.pool_settings(pool)?;
    for domain in tx.domains(pool)? {
        let member = match domain.kind {
            DomainKind::Prefix => &mut settings.domain,
            DomainKind::Custom(_) => &mut settings.custom_domain,
        };
        *member = Some(domain.name);
    }
    Ok(settings::as_described(
        settings,
        pool,
        tx.number_of_users(pool)?,
    ))
}

fn description((id, settings): (UserPoolId, UserPoolType)) -> UserPoolDescriptionType {
    UserPoolDescriptionType {
        id: Some(id),
        name: settings.name,
        lambda_config: Some(settings.lambda_config.unwrap_or_default()),
        creation_date: settings.creation_date,
        last_modified_date: settings.last_modified_date,
        ..UserPoolDescriptionType::default()
    }
}

/// Removes the tags that fix an id from `tags`. Returns the id in the first of them, or `None` if there is none.
///
/// # Errors
/// `InvalidParameterException` of a tag that does not hold the id of a pool of this Region.
fn take_id(
    tags: Option<&mut BTreeMap<String, String>>,
    region: &str,
) -> Result<Option<UserPoolId>> {
    let Some(tags) = tags else { return Ok(None) };
    let Some((tag, id)) = tags::remove_id_tags(tags) else {
        return Ok(None);
    };
    let id = pool_id(&id, region).map_err(|why| {
        ApiError::invalid_parameter(format!("Tag {tag}: {why}"))
            .because("the tag does not hold the id of a pool of this Region")
    })?;
    Ok(Some(id))
}

/// Checks new settings.
///
/// # Errors
/// `InvalidParameterException`, or what [`settings::check_request`] refuses.
fn check(settings: &UserPoolType, factors: &MfaConfig) -> Result<()> {
    settings::check_request(settings, factors)?;
    check_configuration(settings)
}

/// Checks that settings do not contradict each other.
///
/// # Errors
/// `InvalidParameterException`.
fn check_configuration(settings: &UserPoolType) -> Result<()> {
    Configuration::of(settings).map(drop).map_err(|why| {
        ApiError::invalid_parameter(why).because("the settings do not hold together")
    })
}

/// `InvalidParameterException` of an attribute that a schema cannot have.
fn no_such_schema(why: String) -> ApiError {
    ApiError::invalid_parameter(why).because("the schema cannot have such an attribute")
}

fn new_settings(
    cx: &Cx,
    id: &UserPoolId,
    mut request: CreateUserPoolRequest,
) -> Result<UserPoolType> {
    let schema = request.schema.take().unwrap_or_default();
    let schema = schema_attributes::of_new_pool(schema).map_err(no_such_schema)?;
    let given = request.take_settings();
    Ok(UserPoolType {
        creation_date: Some(cx.now),
        id: Some(id.clone()),
        last_modified_date: Some(cx.now),
        name: Some(request.pool_name),
        schema_attributes: Some(schema),
        ..given
    })
}

/// The settings after an update. Those that the request cannot give stay as they were `before`; a name stays unless the request
/// gives one (AWS API reference, `UpdateUserPool`).
fn changed_settings(
    cx: &Cx,
    before: UserPoolType,
    mut request: UpdateUserPoolRequest,
) -> UserPoolType {
    if let Some(tags) = &mut request.user_pool_tags {
        tags::remove_id_tags(tags);
    }
    UserPoolType {
        alias_attributes: before.alias_attributes,
        creation_date: before.creation_date,
        id: before.id,
        last_modified_date: Some(cx.now),
        name: request.pool_name.take().or(before.name),
        schema_attributes: before.schema_attributes,
        username_attributes: before.username_attributes,
        username_configuration: before.username_configuration,
        ..request.take_settings()
    }
}
