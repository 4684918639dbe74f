//! How a request finds its pool's domain.
//!
//! | The request calls | The domain |
//! |---|---|
//! | `<prefix>.localhost`, `<prefix>.auth.<region>.amazoncognito.com` | the prefix |
//! | another host | the custom domain of that name |
//! | `/_poolhouse/domains/<domain>/…` on any host | the prefix, or the custom domain |

use std::sync::Arc;

use actix_web::HttpRequest;

use crate::api::ErrorCode;
use crate::context::{Cx, Unread};
use crate::error::{ApiError, Result};
use crate::host::Host;
use crate::http::exchange::Exchange;
use crate::http::{Shared, host};
use crate::log::Seen;
use crate::oauth2::PoolDomain;
use crate::quotas::Category;
use crate::store::ReadTx;

/// What the paths of a domain begin with where the host is not the domain's.
pub(in crate::http) const SCOPE: &str = "/_poolhouse/domains/{domain}";

/// The domain that a request has reached, and how.
pub(in crate::http) struct Site {
    pub(in crate::http) domain: PoolDomain,
    address: Arc<Address>,
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
        let address = Arc::new(Address::of(shared, request)?);
        let (seen, named) = (Arc::clone(&exchange.seen), Arc::clone(&address));
        let found = shared.store.read(move |tx| named.domain(tx, &seen));
        Ok(Self {
            domain: found.await?,
            address,
        })
    }

    /// The domain that a request that is whole has reached, what its endpoint gets, and what `work` reads for it. All is read in one
    /// transaction. `work` may be done more than once.
    ///
    /// # Errors
    /// Those of [`Site::of`] and of [`Site::admit`], then those of `work`.
    pub(in crate::http) async fn enter<T: Send + 'static>(
        shared: &Shared,
        exchange: &Exchange,
        request: &HttpRequest,
        category: Category,
        work: impl Fn(&Cx, &PoolDomain, &ReadTx<'_>) -> Result<T, Unread> + Send + Sync + 'static,
    ) -> Result<(Self, Cx, T)> {
        let address = Arc::new(Address::of(shared, request)?);
        let (account, host) = (shared.account.clone(), address.issuing_host.clone());
        let cx = shared.context(exchange, account, host, category);
        // What is read before a fault strikes is not what the work would read after it.
        let waits = shared.faults.may_strike();
        let work = Arc::new(work);
        let (named, reading) = (Arc::clone(&address), Arc::clone(&work));
        let read = cx.read_with_keys(move |cx, tx| {
            let domain = named.domain(tx, &cx.seen)?;
            if waits {
                return Ok((domain, None));
            }
            let found = match reading(cx, &domain, tx) {
                Ok(found) => Ok(found),
                Err(Unread::Refused(error)) => Err(error),
                Err(no_keys @ Unread::NoKeys(_)) => return Err(no_keys),
            };
            Ok((domain, Some(found)))
        });
        let (domain, found) = read.await?;
        let site = Self { domain, address };
        site.admit(shared, exchange, category).await?;
        let found = if let Some(found) = found {
            found?
        } else {
            let domain = site.domain.clone();
            cx.read_with_keys(move |cx, tx| work(cx, &domain, tx))
                .await?
        };
        Ok((site, cx, found))
    }

    /// The path on this host of a path of the domain, which begins with a slash.
    pub(in crate::http) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.address.base)
    }

    /// The path that cookies of the domain are bound to.
    pub(in crate::http) fn cookie_path(&self) -> &str {
        match self.address.base.as_str() {
            "" => "/",
            base => base,
        }
    }

    /// What an endpoint gets for a request that is whole by now, and counts into this category.
    ///
    /// # Errors
    /// As [`Site::admit`].
    pub(super) async fn context(
        &self,
        shared: &Shared,
        exchange: &Exchange,
        category: Category,
    ) -> Result<Cx> {
        self.admit(shared, exchange, category).await?;
        let (account, host) = (shared.account.clone(), self.address.issuing_host.clone());
        Ok(shared.context(exchange, account, host, category))
    }

    /// Takes the request from the quota of its category, and makes it suffer a fault that strikes it; both once, however often the
    /// request is run.
    ///
    /// # Errors
    /// `TooManyRequestsException`; that of a fault ([`Exchange::suffer`]).
    async fn admit(&self, shared: &Shared, exchange: &Exchange, category: Category) -> Result<()> {
        if exchange.admitted.get() {
            return Ok(());
        }
        if let Some(limits) = &shared.limits {
            limits.take(&shared.account, category)?;
        }
        exchange.suffer(Some(&self.domain.pool.id)).await?;
        exchange.admitted.set(true);
        Ok(())
    }
}

/// How a request names a domain.
struct Address {
    name: Named,
    /// What the paths of the domain begin with, without a slash at the end: nothing where the host is the domain's.
    base: String,
    /// The URL of the domain, without a slash at the end.
    url: String,
    /// The host that the issuer of tokens is named after: that of the API.
    issuing_host: Host,
}

impl Address {
    /// That of a request.
    ///
    /// # Errors
    /// `MalformedHttpRequestException` as [`host`].
    fn of(shared: &Shared, request: &HttpRequest) -> Result<Self> {
        let called = host(request)?;
        if let Some(name) = request.match_info().get("domain") {
            let base = base_of(name);
            return Ok(Self {
                name: Named::Either(name.to_owned()),
                url: format!("{}{base}", shared.issuer.server(&called)),
                base,
                issuing_host: called,
            });
        }
        let scheme = if shared.issuer.is_https() {
            "https"
        } else {
            "http"
        };
        let (name, issuing_host) = Named::of_host(&called, &shared.region);
        Ok(Self {
            name,
            base: String::new(),
            url: format!("{scheme}://{called}"),
            issuing_host,
        })
    }

    /// The domain that it means. The log is told of the pool.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such domain.
    fn domain(&self, tx: &ReadTx<'_>, seen: &Seen) -> Result<PoolDomain> {
        let found = tx.find_domain(self.name.text())?;
        let (pool, domain) = found
            .filter(|(_, domain)| self.name.fits(domain.kind.is_custom()))
            .ok_or_else(no_such_domain)?;
        seen.set_pool(&pool.id);
        Ok(PoolDomain {
            pool,
            domain,
            url: self.url.clone(),
        })
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
