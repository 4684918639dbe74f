//! The user of the pool who has signed in at a provider: found by the identity, linked to it, or made now (AWS's guide "User pool sign-in
//! with third party identity providers").

use std::collections::BTreeMap;

use super::failure::failed;
use super::profile::Profile;
use crate::api::{AttributeType, UserPoolType, UserStatusType};
use crate::domain::client::NOT_WRITABLE;
use crate::domain::group::Group;
use crate::domain::provider::IdentityProvider;
use crate::domain::provider::details::is_social;
use crate::domain::provider::identity::{IDENTITIES, Identity, SUBJECT, identities};
use crate::domain::user::attributes::Schema;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result as ApiResult};
use crate::ids::{GroupName, Username};
use crate::oauth2::error::{OAuthError, Result};
use crate::sign_in::ClientContext;
use crate::store::{ReadTx, WriteTx};

/// The longest username (AWS API reference, `UsernameType`), in characters.
const MAX_USERNAME: usize = 128;

/// The user with the profile at the provider, as the profile now is. The inner error is that of a profile that no user of the pool can
/// have.
///
/// # Errors
/// Those of the names and attributes that the user gets; `InternalErrorException` when the store fails.
pub(super) fn put(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    provider: &IdentityProvider,
    profile: Profile,
) -> ApiResult<Result<(User, UserRecord)>> {
    let settings = tx.pool_settings(&client.pool)?;
    let is_new = match find(client, tx, provider, &profile)? {
        Some((user, record)) if !record.enabled => return Ok(Ok((user, record))),
        Some(found) => return update(client, tx, (provider, &settings), (profile, found)),
        None => {
            check_new(provider, &settings, &profile).and_then(|()| check_writable(client, &profile))
        }
    };
    match is_new {
        Ok(()) => add(client, tx, provider, (&settings, profile)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// The user whom the identity belongs to: by the subject, or by the value of an attribute that an administrator has linked.
fn find(
    client: &ClientContext,
    tx: &ReadTx<'_>,
    provider: &IdentityProvider,
    profile: &Profile,
) -> ApiResult<Option<(User, UserRecord)>> {
    let by = |attribute: &str, value: &str| {
        tx.find_user_by_identity(&client.pool, &provider.name, attribute, value)
    };
    let found = by(SUBJECT, &profile.subject)?;
    if found.is_some() || is_social(provider.provider_type) {
        return Ok(found);
    }
    for (attribute, value) in &profile.attributes {
        let found = by(attribute, value)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// An identity that was linked by an attribute is known by its subject from its first sign-in on (AWS API reference,
/// `AdminDisableProviderForUser`).
fn identified(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    provider: &IdentityProvider,
    profile: &Profile,
    (user, mut record): (User, UserRecord),
) -> ApiResult<(User, UserRecord)> {
    let mut known = identities(record.attributes.get(IDENTITIES)).unwrap_or_default();
    if known
        .iter()
        .any(|one| one.is(&provider.name, SUBJECT, &profile.subject))
    {
        return Ok((user, record));
    }
    let linked = known.iter_mut().find(|one| {
        let value = profile.attributes.get(one.attribute());
        value.is_some_and(|value| one.is(&provider.name, one.attribute(), value))
    });
    if let Some(linked) = linked {
        linked.user_id.clone_from(&profile.subject);
        linked.by = None;
    }
    show(&mut record, &known)?;
    tx.put_user(&client.pool, client.configuration()?, &record)?;
    tx.put_user_identities(&client.pool, user.row, &known)?;
    Ok((user, record))
}

/// Writes the identities into the user's attribute.
fn show(record: &mut UserRecord, known: &[Identity]) -> ApiResult<()> {
    let shown = serde_json::to_string(known).map_err(ApiError::internal)?;
    record.attributes.insert(IDENTITIES.to_owned(), shown);
    Ok(())
}

/// Every sign-in writes all mapped attributes again, so none of them may be one that cannot change.
fn update(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    (provider, settings): (&IdentityProvider, &UserPoolType),
    (profile, found): (Profile, (User, UserRecord)),
) -> ApiResult<Result<(User, UserRecord)>> {
    let schema = Schema::of(settings);
    let mut names = profile.attributes.keys();
    let fixed = names.find(|name| !schema.is_mutable(name) || !is_writable(client, name));
    if let Some(name) = fixed {
        return Ok(Err(not_updated(name)));
    }
    let (user, mut record) = identified(client, tx, provider, &profile, found)?;
    let before = record.attributes.clone();
    schema
        .changes(listed(profile.attributes))?
        .apply(&mut record.attributes)?;
    if record.attributes != before {
        record.modified = client.cx.now;
        tx.put_user(&client.pool, client.configuration()?, &record)?;
    }
    Ok(Ok((user, record)))
}

fn check_writable(client: &ClientContext, profile: &Profile) -> Result<()> {
    let mut names = profile.attributes.keys();
    match names.find(|name| !is_writable(client, name)) {
        Some(name) => Err(not_updated(name)),
        None => Ok(()),
    }
}

/// Whether a sign-in through the client writes the attribute. Flags come with the addresses that they are about.
fn is_writable(client: &ClientContext, name: &str) -> bool {
    client.app.may_write(name) || NOT_WRITABLE.contains(&name)
}

fn not_updated(name: &str) -> OAuthError {
    let description = format!("Invalid user attributes: {name}: Attribute cannot be updated. ");
    failed(description, "a mapped attribute cannot be written")
}

/// Checks that the user would have every attribute that the pool requires, and a name that is short enough.
fn check_new(
    provider: &IdentityProvider,
    settings: &UserPoolType,
    profile: &Profile,
) -> Result<()> {
    if username(provider, profile).chars().count() > MAX_USERNAME {
        let description =
            "Invalid user attributes: username: String must be no longer than 128 characters. ";
        return Err(failed(description, "the username would be too long"));
    }
    let schema = Schema::of(settings);
    let missing: Vec<&str> = schema.missing(&profile.attributes).collect();
    let mapping = provider.mapping.as_ref();
    let is_mapped = |name: &&&str| mapping.is_some_and(|mapping| mapping.contains_key(**name));
    match missing.iter().find(|name| !is_mapped(name)) {
        Some(name) => Err(failed(
            format!("Invalid user attributes: {name}. The attribute is required."),
            "a required attribute is not mapped",
        )),
        None if missing.is_empty() => Ok(()),
        None => Err(failed(
            format!("attributes required: [{}]", missing.join(", ")),
            "the provider does not tell a required attribute",
        )),
    }
}

fn username(provider: &IdentityProvider, profile: &Profile) -> String {
    format!("{}_{}", provider.name, profile.subject)
}

/// Makes the user of an identity, and puts it into the group of the provider. An address is not verified unless the provider says so.
fn add(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    provider: &IdentityProvider,
    (settings, profile): (&UserPoolType, Profile),
) -> ApiResult<Result<(User, UserRecord)>> {
    let (cx, configuration) = (&client.cx, client.configuration()?);
    let name = Username::from(configuration.key_of(&username(provider, &profile)));
    let mut own = Identity::linked(
        (&provider.name, provider.provider_type),
        SUBJECT,
        &profile.subject,
        cx.now,
    );
    own.primary = true;
    let mut attributes = BTreeMap::new();
    let values = Schema::of(settings).first_values(listed(profile.attributes))?;
    values.apply(&mut attributes)?;
    let mut record = UserRecord {
        username: name.clone(),
        spelled: name.clone(),
        sub: cx.ambient.uuid().to_string(),
        enabled: true,
        status: UserStatusType::ExternalProvider,
        created: cx.now,
        modified: cx.now,
        attributes,
    };
    show(&mut record, std::slice::from_ref(&own))?;
    let Some(row) = tx.add_user(&client.pool, configuration, &record)? else {
        let name = name.as_str();
        let description = format!("Already found an entry for username {name}");
        return Ok(Err(failed(description, "the username is another user's")));
    };
    tx.put_user_identities(&client.pool, row, &[own])?;
    let (user, record) = tx.user_of_row(row)?;
    join_group(client, tx, provider, &user)?;
    Ok(Ok((user, record)))
}

/// Puts the user into the group of those who sign in at the provider, which is made for the first of them.
fn join_group(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    provider: &IdentityProvider,
    user: &User,
) -> ApiResult<()> {
    let (pool, now, name) = (&client.pool, client.cx.now, &provider.name);
    let group = GroupName::from(format!("{}_{name}", pool.id));
    if tx.find_group(pool, &group)?.is_none() {
        let group = Group {
            name: group.clone(),
            description: Some(format!(
                "Autogenerated group for users who sign in using {name}"
            )),
            role_arn: None,
            precedence: None,
            created: now,
            modified: now,
        };
        tx.insert_group(pool, &group)?;
    }
    tx.put_group_member(pool, &group, user).map(drop)
}

fn listed(attributes: BTreeMap<String, String>) -> Vec<AttributeType> {
    let listed = attributes.into_iter().map(|(name, value)| AttributeType {
        name,
        value: Some(value.into()),
    });
    listed.collect()
}
