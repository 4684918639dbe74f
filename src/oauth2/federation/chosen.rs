//! Which identity providers a client's users may choose, and which one a request for authorization means.

use crate::api::IdentityProviderTypeType as ProviderType;
use crate::domain::pool::Pool;
use crate::domain::provider::details::is_social;
use crate::domain::provider::{COGNITO, IdentityProvider};
use crate::error::Result;
use crate::oauth2::form::Form;
use crate::oauth2::page_error::PageError;
use crate::oauth2::redirect;
use crate::sign_in::ClientContext;
use crate::store::ReadTx;

/// The parameters that name a provider.
const NAMING: [&str; 2] = ["identity_provider", "idp_identifier"];

/// What the page to sign in offers.
pub(crate) struct Choices {
    /// Whether users may sign in there itself.
    pub(crate) local: bool,
    /// The providers that they may go to instead.
    pub(crate) providers: Vec<Choice>,
}

/// A provider that can be chosen.
pub(crate) struct Choice {
    /// The provider's name, or that of the company that it is named after.
    pub(crate) name: String,
    /// Whether it is such a company's.
    pub(crate) is_social: bool,
    /// The query of the request for authorization that means it.
    pub(crate) query: String,
}

impl Choices {
    /// What the client offers to the browser whose request for authorization has this query, in the order of the client. A
    /// provider that the pool does not have any more is left out.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) fn of(client: &ClientContext, tx: &ReadTx<'_>, query: &str) -> Result<Self> {
        let named = external(client);
        let known = if named.is_empty() {
            Vec::new()
        } else {
            tx.provider_names(&client.pool)?
        };
        let named = named
            .into_iter()
            .filter(|name| known.iter().any(|one| one == name));
        Ok(Self {
            local: client.app.signs_in_locally(),
            providers: named.map(|name| Choice::of(name, query)).collect(),
        })
    }
}

impl Choice {
    fn of(name: &str, query: &str) -> Self {
        let kept = form_urlencoded::parse(query.as_bytes());
        let kept: Vec<_> = kept
            .filter(|(name, _)| !NAMING.contains(&&**name))
            .collect();
        let pairs = kept.iter().map(|(name, value)| (&**name, &**value));
        let pairs: Vec<(&str, &str)> = pairs.chain([("identity_provider", name)]).collect();
        let company = match name {
            "SignInWithApple" => "Apple",
            "LoginWithAmazon" => "Amazon",
            name => name,
        };
        let mut types = ProviderType::ALL.iter();
        Self {
            is_social: types.any(|of| is_social(*of) && of.as_str() == name),
            name: company.to_owned(),
            query: redirect::encoded(&pairs),
        }
    }
}

/// The names of the client's providers, without the pool itself.
fn external(client: &ClientContext) -> Vec<&str> {
    let names = client.app.identity_providers().iter();
    names
        .map(String::as_str)
        .filter(|name| *name != COGNITO)
        .collect()
}

/// The provider that a request for authorization means: by its name, by one of its identifiers, or by an email address whose domain
/// is one; or else the only one of a client whose users sign in nowhere else. Returns `None` if the user has to be asked. The inner
/// error is that of a provider that users of the client cannot sign in at.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(in crate::oauth2) fn chosen(
    client: &ClientContext,
    tx: &ReadTx<'_>,
    form: &Form,
) -> Result<std::result::Result<Option<IdentityProvider>, PageError>> {
    let external = external(client);
    let found = match (form.find("identity_provider"), form.find("idp_identifier")) {
        (Some(COGNITO), _) if client.app.signs_in_locally() => return Ok(Ok(None)),
        (Some(name), _) => tx.find_provider(&client.pool, name)?,
        (None, Some(identifier)) => by_identifier(tx, &client.pool, identifier)?,
        (None, None) => match external.as_slice() {
            [only] if !client.app.signs_in_locally() => tx.find_provider(&client.pool, only)?,
            _ => return Ok(Ok(None)),
        },
    };
    Ok(usable(&external, found).map(Some))
}

/// The provider of this name, as [`chosen`] would find it.
///
/// # Errors
/// As [`chosen`].
pub(super) fn named(
    client: &ClientContext,
    tx: &ReadTx<'_>,
    name: &str,
) -> Result<std::result::Result<IdentityProvider, PageError>> {
    let found = tx.find_provider(&client.pool, name)?;
    Ok(usable(&external(client), found))
}

/// The provider that was found, if users of a client with these providers can sign in there.
fn usable(
    external: &[&str],
    found: Option<IdentityProvider>,
) -> std::result::Result<IdentityProvider, PageError> {
    match found {
        Some(provider) if !external.contains(&provider.name.as_str()) => {
            Err(PageError::NoSuchProvider)
        }
        Some(provider) if provider.provider_type == ProviderType::Saml => Err(PageError::Saml),
        Some(provider) => Ok(provider),
        None => Err(PageError::NoSuchProvider),
    }
}

fn by_identifier(
    tx: &ReadTx<'_>,
    pool: &Pool,
    identifier: &str,
) -> Result<Option<IdentityProvider>> {
    let found = tx.find_provider_by_identifier(pool, identifier)?;
    match (found, identifier.rsplit_once('@')) {
        (None, Some((_, domain))) => tx.find_provider_by_identifier(pool, domain),
        (found, _) => Ok(found),
    }
}
