//! Links between users of the pool and their identities at identity providers.

use crate::api::{
    AdminDisableProviderForUserRequest, AdminDisableProviderForUserResponse,
    AdminLinkProviderForUserRequest, AdminLinkProviderForUserResponse, ProviderUserIdentifierType,
};
use crate::context::Cx;
use crate::domain::pool::Pool;
use crate::domain::provider::details::is_social;
use crate::domain::provider::identity::{
    IDENTITIES, Identity, MAX_IDENTITIES, MAX_VALUE, SUBJECT, identities,
};
use crate::domain::provider::{COGNITO, IdentityProvider};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::store::{ReadTx, WriteTx};

/// Links an identity that has no user of its own to a user: whoever signs in with it is that user.
pub(crate) async fn admin_link_provider_for_user(
    cx: Cx,
    request: AdminLinkProviderForUserRequest,
) -> Result<AdminLinkProviderForUserResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let source = Named::of(request.source_user)?;
        let destination = Named::of_destination(request.destination_user)?;
        if source.is_local() {
            return Err(ApiError::local_source_user());
        }
        let provider = source.provider(tx, &pool)?;
        source.check_attribute(&provider)?;
        let (user, mut record) = destination.user(tx, &pool)?;
        let mut linked = identities_of(&record)?;
        if linked.len() >= MAX_IDENTITIES {
            return Err(ApiError::too_many_identities());
        }
        source.check_free(tx, &pool)?;
        linked.push(Identity::linked(
            (&provider.name, provider.provider_type),
            &source.attribute,
            &source.value,
            cx.now,
        ));
        record.modified = cx.now;
        put(tx, &pool, &user, record, &linked)?;
        Ok(AdminLinkProviderForUserResponse {})
    })
    .await
}

/// Takes the link to an identity from its user, or the password from a user of the pool.
pub(crate) async fn admin_disable_provider_for_user(
    cx: Cx,
    request: AdminDisableProviderForUserRequest,
) -> Result<AdminDisableProviderForUserResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let named = Named::of(request.user)?;
        if named.is_local() {
            let (user, mut record) = named.user(tx, &pool)?;
            tx.delete_password(&user)?;
            record.modified = cx.now;
            tx.put_user(&pool, pool.configuration()?, &record)?;
            return Ok(AdminDisableProviderForUserResponse {});
        }
        let provider = named.provider(tx, &pool)?.name;
        let found = tx.find_user_by_identity(&pool, &provider, &named.attribute, &named.value)?;
        let (user, mut record) = found.ok_or_else(ApiError::identity_not_linked)?;
        let mut linked = identities_of(&record)?;
        let of_link =
            |one: &Identity| !one.primary && one.is(&provider, &named.attribute, &named.value);
        if !linked.iter().any(of_link) {
            return Err(ApiError::identity_not_linked());
        }
        linked.retain(|one| !of_link(one));
        record.modified = cx.now;
        put(tx, &pool, &user, record, &linked)?;
        Ok(AdminDisableProviderForUserResponse {})
    })
    .await
}

/// A user as requests name one: by the value of an attribute at a provider.
struct Named {
    provider: String,
    attribute: String,
    value: String,
}

impl Named {
    /// Reads a user whose three members must be there.
    fn of(given: ProviderUserIdentifierType) -> Result<Self> {
        match (
            given.provider_name,
            given.provider_attribute_name,
            given.provider_attribute_value,
        ) {
            (Some(provider), Some(attribute), Some(value)) if !value.is_empty() => Ok(Self {
                provider,
                attribute,
                value,
            }),
            _ => Err(ApiError::incomplete_identity()),
        }
    }

    /// Reads the user that is linked to, whose attribute does not count.
    fn of_destination(given: ProviderUserIdentifierType) -> Result<Self> {
        Self::of(ProviderUserIdentifierType {
            provider_attribute_name: Some(SUBJECT.to_owned()),
            ..given
        })
    }

    /// Whether it is a user of the pool itself.
    fn is_local(&self) -> bool {
        self.provider.eq_ignore_ascii_case(COGNITO)
    }

    fn provider(&self, tx: &ReadTx<'_>, pool: &Pool) -> Result<IdentityProvider> {
        tx.find_provider(pool, &self.provider)?
            .ok_or_else(|| ApiError::unknown_provider(&self.provider, &pool.id))
    }

    /// Identities are linked by the subject, or by an attribute that has the value of a claim; at social providers by the subject
    /// alone (AWS API reference, `AdminLinkProviderForUser`).
    fn check_attribute(&self, provider: &IdentityProvider) -> Result<()> {
        let by_subject = self.attribute == SUBJECT;
        let is_mapped = || {
            let mapping = provider.mapping.as_ref();
            mapping.is_some_and(|mapping| mapping.contains_key(&self.attribute))
        };
        if self.value.chars().count() > MAX_VALUE {
            Err(ApiError::long_provider_attribute())
        } else if by_subject || (!is_social(provider.provider_type) && is_mapped()) {
            Ok(())
        } else {
            Err(ApiError::bad_provider_attribute())
        }
    }

    /// The user: of the pool by its username, or the one that was made for the identity.
    fn user(&self, tx: &ReadTx<'_>, pool: &Pool) -> Result<(User, UserRecord)> {
        if self.is_local() {
            let name = Username::from(self.value.clone());
            let user = tx.user(pool, pool.configuration()?, &name)?;
            let record = tx.user_record(&user)?;
            return Ok((user, record));
        }
        let provider = self.provider(tx, pool)?;
        tx.find_user_by_identity(pool, &provider.name, SUBJECT, &self.value)?
            .ok_or_else(ApiError::no_such_user)
    }

    /// Refuses an identity that a user has already.
    fn check_free(&self, tx: &ReadTx<'_>, pool: &Pool) -> Result<()> {
        let found = tx.find_user_by_identity(pool, &self.provider, &self.attribute, &self.value)?;
        let Some((_, record)) = found else {
            return Ok(());
        };
        let mut identities = identities_of(&record)?.into_iter();
        let is_own = identities
            .any(|one| one.primary && one.is(&self.provider, &self.attribute, &self.value));
        Err(if is_own {
            ApiError::source_user_signed_up()
        } else {
            ApiError::source_user_linked()
        })
    }
}

/// The user's identities.
fn identities_of(record: &UserRecord) -> Result<Vec<Identity>> {
    identities(record.attributes.get(IDENTITIES))
        .ok_or_else(|| ApiError::internal("the attribute identities is no list of identities"))
}

/// Writes the user with these identities.
fn put(
    tx: &WriteTx<'_>,
    pool: &Pool,
    user: &User,
    mut record: UserRecord,
    linked: &[Identity],
) -> Result<()> {
    if linked.is_empty() {
        record.attributes.remove(IDENTITIES);
    } else {
        let shown = serde_json::to_string(linked).map_err(ApiError::internal)?;
        record.attributes.insert(IDENTITIES.to_owned(), shown);
    }
    tx.put_user(pool, pool.configuration()?, &record)?;
    tx.put_user_identities(pool, user.row, linked)
}
