//! The HTTP server: the listener, the state that requests share, and the paths by topic.

mod about;
mod body;
mod connections;
mod console;
mod control;
mod cors;
mod exchange;
mod header;
mod idp;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod in_process;
mod oauth2;
mod one_state;
mod outgoing;
mod pages;
mod parent;
mod protocol;
mod rpc;
mod served;
mod sigv4;
mod socket;
mod well_known;

use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive, Request};
use actix_service::{ServiceFactoryExt, apply_fn_factory, map_config};
use actix_web::dev::{AppConfig, Server, Service, fn_service};
use actix_web::http::header::HOST;
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpRequest, rt, web};
use chrono::{DateTime, Utc};
use tokio::sync::{Semaphore, watch};

use crate::access::AccessKeys;
use crate::ambient::Ambient;
use crate::api::{ErrorCode, Sensitive, Timestamp};
use crate::context::{Context, Cx, KeyRing};
use crate::error::{ApiError, Result};
use crate::faults::Faults;
use crate::fetch::Fetcher;
use crate::host::Host;
use crate::ids::AccountId;
use crate::limits::Limits;
use crate::log::{Log, RecentRequests};
use crate::mail::Deliveries;
use crate::operations::Table;
use crate::otlp::Traces;
use crate::quotas::Category;
use crate::settings::{HttpSettings, Issuer, Settings};
use crate::store::Store;
use connections::{Connection, Connections, Tally};
use console::Greeting;
use cors::Audience;
use exchange::Exchange;
use served::Served;
use socket::Socket;

pub(crate) use outgoing::signed_headers;

/// The state that all requests share.
pub(crate) struct Shared {
    region: Arc<str>,
    /// The account of callers without an access key.
    account: AccountId,
    max_body_bytes: usize,
    keys: AccessKeys,
    audience: Audience,
    /// What the console is told before anybody has typed in a key.
    greeting: Greeting,
    /// Whether what only tests need is allowed.
    test_controls: bool,
    limits: Option<Arc<Limits>>,
    table: Table,
    store: Arc<Store>,
    ambient: Ambient,
    issuer: Arc<Issuer>,
    key_ring: Arc<KeyRing>,
    fetcher: Arc<Fetcher>,
    /// Places for requests that wait for messages.
    waiting: Semaphore,
    /// Whether the server has begun to stop.
    stopping: watch::Sender<bool>,
    log: Log,
    traces: Traces,
    recent: RecentRequests,
    faults: Faults,
    served: Served,
    connections: Arc<Tally>,
    deliveries: Arc<Deliveries>,
    /// When the server started, by the system's clock.
    started: DateTime<Utc>,
    /// The bearer token that metrics are shown for.
    metrics_token: Option<Sensitive<String>>,
}

impl Shared {
    pub(crate) fn new(
        settings: &Settings,
        store: Arc<Store>,
        ambient: Ambient,
        log: Log,
        traces: Traces,
        deliveries: Arc<Deliveries>,
    ) -> Self {
        let keys = settings.access_keys();
        let key_ring = Arc::new(KeyRing::new(Arc::clone(&store), ambient.clone()));
        let accounts = keys.accounts().chain([&settings.account]);
        let limits = settings.limits.then(|| {
            Arc::new(Limits::new(
                &settings.quotas,
                settings.quota_per_pool_operation,
                settings.quota_per_user,
                accounts,
                &ambient,
            ))
        });
        Self {
            region: settings.region.as_str().into(),
            account: settings.account.clone(),
            max_body_bytes: settings.http.max_body_bytes,
            limits,
            keys,
            audience: Audience::new(settings),
            greeting: Greeting::new(settings),
            test_controls: settings.allows_test_controls(),
            table: Table::new(),
            store,
            issuer: Arc::new(settings.issuer.clone()),
            key_ring,
            fetcher: Arc::new(Fetcher::new(ambient.clone())),
            waiting: Semaphore::new(control::MAX_WAITING),
            stopping: watch::Sender::new(false),
            log,
            traces,
            recent: RecentRequests::default(),
            faults: Faults::default(),
            served: Served::default(),
            connections: Arc::default(),
            deliveries,
            started: ambient.system_now(),
            metrics_token: settings.metrics.token.clone(),
            ambient,
        }
    }

    /// What an endpoint gets for a request that is whole by now.
    fn context(
        &self,
        exchange: &Exchange,
        account: AccountId,
        host: Host,
        category: Category,
    ) -> Cx {
        Cx::new(Context {
            state: self.store.state(),
            store: Arc::clone(&self.store),
            account,
            // This is not the time of the head: a client that holds the body back must not choose the time that the operation
            // works with.
            now: Timestamp::from(self.ambient.now()),
            region: Arc::clone(&self.region),
            ambient: self.ambient.clone(),
            seen: Arc::clone(&exchange.seen),
            user_agent: exchange.user_agent(),
            host,
            issuer: Arc::clone(&self.issuer),
            key_ring: Arc::clone(&self.key_ring),
            fetcher: Arc::clone(&self.fetcher),
            category,
            limits: self.limits.clone(),
        })
    }
}

/// The host that the client called (RFC 9112 section 3.2), by the header `Host`. Headers in which proxies forward a host are not
/// trusted. Without `Host`, which actix-http allows in HTTP/1.0 only, the host is the target's, or else the address that the
/// server listens on; several `Host` headers are never allowed.
///
/// # Errors
/// `MalformedHttpRequestException` if the header holds no valid host, or the target names another one.
fn host(request: &HttpRequest) -> Result<Host> {
    let malformed =
        |why: &'static str| ApiError::new(ErrorCode::MalformedHttpRequestException, why);
    let parsed = |text: &str| {
        Host::parse(text).ok_or_else(|| malformed("The request names a host that is not one."))
    };
    let header = request.headers().get(HOST);
    let header = header.map(|value| parsed(header::as_text(value).unwrap_or_default()));
    let target = request.uri().authority();
    let target = target.map(|authority| parsed(authority.as_str()));
    match (header.transpose()?, target.transpose()?) {
        (Some(header), Some(target)) if header != target => Err(malformed(
            "The request names one host in its target and another in its Host header.",
        )),
        (Some(host), _) | (None, Some(host)) => Ok(host),
        (None, None) => {
            let connection = request.conn_data::<Rc<Connection>>();
            let address = connection.and_then(|connection| connection.local);
            Ok(address.unwrap_or(request.app_config().local_addr()).into())
        }
    }
}

/// How long the rest of a refused body is read after the answer, so that its client can read the answer.
const LINGER: Duration = Duration::from_secs(1);

/// Adds every path that the server answers, by topic.
fn routes(service: &mut web::ServiceConfig) {
    service
        // The API comes first, because nearly every request is for it. Each path is compared in turn, and one with parts that vary is
        // a regular expression: so the paths of a domain, which hardly have any, come before the others.
        .configure(rpc::routes)
        .configure(domain)
        .configure(control::routes)
        .configure(console::routes)
        .configure(well_known::routes)
        .configure(pages::routes)
        .service(
            web::scope(idp::SCOPE)
                .configure(idp::routes)
                .configure(pages::of_fake_provider)
                .default_service(web::to(pages::not_found)),
        )
        .service(
            web::scope(oauth2::site::SCOPE)
                .configure(domain)
                .configure(pages::assets_of_domain)
                .default_service(web::to(pages::not_found)),
        )
        .configure(pages::assets_of_domain)
        .default_service(web::to(rpc::answer));
}

/// Adds the paths of a domain, which stand at the root of its host, and below a path of every host.
fn domain(service: &mut web::ServiceConfig) {
    service
        .configure(oauth2::endpoints)
        .configure(pages::of_domain);
}

/// How long running requests may take to finish when the server stops: the time for the stop without its last second, which is
/// for the registry and the log.
pub(crate) fn request_grace(settings: &HttpSettings) -> Duration {
    settings
        .shutdown_time()
        .saturating_sub(Duration::from_secs(1))
}

/// The server on `listener`; it runs when it is awaited.
pub(crate) fn server(
    shared: Shared,
    listener: TcpListener,
    settings: &Settings,
) -> io::Result<Server> {
    let limits = connections::Limits::new(&settings.http);
    let (log, ambient) = (shared.log.clone(), shared.ambient.clone());
    let tally = Arc::clone(&shared.connections);
    let shared = web::Data::new(shared);
    let keep_alive = match settings.http.keep_alive_seconds {
        0 => KeepAlive::Disabled,
        // `Connections` limits the time.
        _ => KeepAlive::Os,
    };
    let builder = Server::build()
        .workers(settings.http.worker_count())
        .max_concurrent_connections(limits.accepted())
        .shutdown_timeout(request_grace(&settings.http).as_secs())
        // The command line handles signals.
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let (stops, waits) = (stopping.clone(), shared.clone());
    rt::spawn(async move {
        stops.notified().await;
        waits.stopping.send_replace(true);
    });
    let server = builder.listen("poolhouse", listener, move || {
        let app = App::new().app_data(shared.clone()).configure(routes);
        let app = map_config(app, |()| AppConfig::default());
        let counted = apply_fn_factory(app, |request: Request, app: &_| {
            let connection = request.conn_data::<Rc<Connection>>();
            let current = connection.map(Connection::request);
            let answer = Service::call(app, request);
            async move {
                let answer = answer.await;
                drop(current);
                answer
            }
        });
        let stopping = stopping.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(keep_alive)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(LINGER)
            .on_connect_ext(|socket: &Socket, data| {
                data.insert(Rc::clone(socket.connection()));
            })
            .h1(counted);
        let connections = Connections::new(
            limits.clone(),
            log.clone(),
            ambient.clone(),
            Arc::clone(&tally),
        );
        fn_service(move |stream: TcpStream| {
            let connection = connections.admit(&stream);
            let peer = connection.peer;
            ready(Ok((Socket::new(stream, connection), peer)))
        })
        .and_then(http)
    })?;
    Ok(server.run())
}
