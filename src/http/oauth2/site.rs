//! How a request finds its pool's domain.
//!
//! | The request calls | The domain |
//! |---|---|
//! | `<prefix>.localhost`, `<prefix>.auth.<region>.amazoncognito.com` | the prefix |
//! | another host | the custom domain of that name |
//! | `/_poolhouse/domains/<domain>/…` on any host | the prefix, or the custom domain |

use actix_web::HttpRequest;

use crate::api::ErrorCode;
use crate::context::Cx;
use crate::error::{ApiError, Result};
use crate::host::Host;
use crate::http::exchange::Exchange;
use crate::http::{Shared, host};
use crate::oauth2::PoolDomain;
use crate::quotas::Category;

/// What the paths of a domain begin with where the host is not the domain's.
pub(in crate::http) const SCOPE: &str = "/_poolhouse/domains/{domain}";

/// The domain that a request has reached, and how.
pub(in crate::http) struct Site {
    pub(in crate::http) domain: PoolDomain,
    /// What the paths of the domain begin with, without a slash at the end: nothing where the host is the domain's.
    base: String,
    /// The host that the issuer of tokens is named after: that of the API.
    issuing_host: Host,
}

/// The base of the paths of the domain with this name, on every host.
pub(in crate::http) fn base_of(domain: &str) -> String {
    SCOPE.replace("{domain}", domain)
}

impl Site {
    /// The domain that the request has reached.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such domain; `MalformedHttpRequestException` as [`host`].
    pub(in crate::http) async fn of(
        shared: &Shared,
        exchange: &Exchange,
        request: &HttpRequest,
    ) -> Result<Self> {
        let called = host(request)?;
        let named = request.match_info().get("domain").map(str::to_owned);
        let by_path = named.is_some();
        let (name, issuing_host) = match named {
            Some(name) => (Named::Either(name), called.clone()),
            None => Named::of_host(&called, &shared.region),
        };
        let found = shared.store.read(move |tx| {
            let found = tx.find_domain(name.text())?;
            Ok(found.filter(|(_, domain)| name.fits(domain.kind.is_custom())))
        });
        let (pool, domain) = found.await?.ok_or_else(no_such_domain)?;
        exchange.seen.set_pool(&pool.id);
        let base = if by_path {
            base_of(&domain.name)
        } else {
            String::new()
        };
        let scheme = if shared.issuer.is_https() {
            "https"
        } else {
            "http"
        };
        let url = if by_path {
            format!("{}{base}", shared.issuer.server(&called))
        } else {
            format!("{scheme}://{called}")
        };
        Ok(Self {
            domain: PoolDomain { pool, domain, url },
            base,
            issuing_host,
        })
    }

    /// The domain that a request without a body has reached, and what its endpoint gets.
    ///
    /// # Errors
    /// Those of [`Site::of`] and of [`Site::context`].
    pub(in crate::http) async fn enter(
        shared: &Shared,
        exchange: &Exchange,
        request: &HttpRequest,
        category: Category,
    ) -> Result<(Self, Cx)> {
        let site = Self::of(shared, exchange, request).await?;
        let cx = site.context(shared, exchange, category).await?;
        Ok((site, cx))
    }

    /// The path on this host of a path of the domain, which begins with a slash.
    pub(in crate::http) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The path that cookies of the domain are bound to.
    pub(in crate::http) fn cookie_path(&self) -> &str {
        if self.base.is_empty() {
            "/"
        } else {
            &self.base
        }
    }

    /// What an endpoint gets for a request that is whole by now, and counts into this category.
    ///
    /// # Errors
    /// `TooManyRequestsException`; that of a fault ([`Exchange::suffer`]).
    pub(in crate::http) async fn context(
        &self,
        shared: &Shared,
        exchange: &Exchange,
        category: Category,
    ) -> Result<Cx> {
        if let Some(limits) = &shared.limits {
            limits.take(&shared.account, category)?;
        }
        exchange.suffer(Some(&self.domain.pool.id)).await?;
        let account = shared.account.clone();
        Ok(shared.context(exchange, account, self.issuing_host.clone(), category))
    }
}

/// The name of a domain, and what kind of domain the request can mean by it.
enum Named {
    Prefix(String),
    Custom(String),
    Either(String),
}

impl Named {
    /// What a host stands for, and the host of the API beside it: that without the prefix.
    fn of_host(called: &Host, region: &str) -> (Self, Host) {
        let name = called.name();
        let of_aws = format!(".auth.{region}.amazoncognito.com");
        if let Some(prefix) = name.strip_suffix(".localhost") {
            let local = called.renamed("localhost");
            let local = local.unwrap_or_else(|| called.clone());
            (Self::Prefix(prefix.to_owned()), local)
        } else if let Some(prefix) = name.strip_suffix(&of_aws) {
            (Self::Prefix(prefix.to_owned()), called.clone())
        } else {
            (Self::Custom(name.to_owned()), called.clone())
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Prefix(name) | Self::Custom(name) | Self::Either(name) => name,
        }
    }

    fn fits(&self, is_custom: bool) -> bool {
        match self {
            Self::Prefix(_) => !is_custom,
            Self::Custom(_) => is_custom,
            Self::Either(_) => true,
        }
    }
}

fn no_such_domain() -> ApiError {
    ApiError::new(
        ErrorCode::ResourceNotFoundException,
        "No user pool has this domain. A domain is reached as <prefix>.localhost, by its own name, or below \
         /_poolhouse/domains/<domain>/.",
    )
}
