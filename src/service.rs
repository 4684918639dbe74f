//! The whole server, started and stopped by the command line and by tests.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::rt;
use tokio::task::spawn_blocking;

use crate::ambient::Ambient;
use crate::api::Timestamp;
use crate::http::{self, Shared};
use crate::import;
use crate::log::Log;
use crate::mail::{Deliveries, Delivery};
use crate::otlp::Traces;
use crate::seed::{self, Ending, SeedError, SeedFile};
use crate::settings::{Database, Settings};
use crate::store::{self, CopiedTable, Opening, Store, StoreOptions, Unusable};

/// A server with an open registry and a bound address that does not answer yet.
pub struct Service {
    settings: Settings,
    ambient: Ambient,
    store: Arc<Store>,
    listener: TcpListener,
    address: SocketAddr,
    log: Log,
}

/// Why a service could not start.
#[derive(Debug)]
pub enum StartError {
    /// The database cannot be used.
    Database(String),
    /// A seed does not fit.
    Seed(String),
    /// The address cannot be listened on, or the server cannot run.
    Server(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(why) | Self::Seed(why) | Self::Server(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for StartError {}

impl From<Unusable> for StartError {
    fn from(unusable: Unusable) -> Self {
        Self::Database(unusable.to_string())
    }
}

impl From<SeedError> for StartError {
    fn from(error: SeedError) -> Self {
        match error {
            SeedError::Unfit(why) => Self::Seed(why),
            SeedError::Store(why) => Self::Server(format!("the registry failed: {why}")),
        }
    }
}

impl Service {
    /// Opens the registry and takes the address. A registry that was made for this service is removed if the address is taken.
    ///
    /// # Errors
    /// When the database or the address cannot be used.
    pub fn open(settings: Settings, ambient: Ambient) -> Result<Self, StartError> {
        let store = open_store(&settings, &ambient, Opening::Create)?;
        let bound = TcpListener::bind(settings.listen)
            .and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = match bound {
            Ok(bound) => bound,
            Err(error) => {
                store.discard();
                let why = format!("cannot listen on {}: {error}", settings.listen);
                return Err(StartError::Server(why));
            }
        };
        Ok(Self {
            settings,
            ambient,
            store: Arc::new(store),
            listener,
            address,
            log: Log::default(),
        })
    }

    /// Sets the log to which every request writes a line.
    pub(crate) fn logging_to(mut self, log: Log) -> Self {
        self.log = log;
        self
    }

    /// The address that the server is bound to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Applies all seed files in one transaction. Returns a summary of the records. `tell` gets messages about progress.
    ///
    /// # Errors
    /// When a file cannot be read or applied; the error names file, place and reason.
    pub fn seed(
        &self,
        files: &[PathBuf],
        tell: impl Fn(&dyn fmt::Display) + Send + Sync + 'static,
    ) -> Result<String, StartError> {
        let files = SeedFile::read_all(files, &self.settings.region)?;
        let summary = seed::apply(
            &self.store,
            files,
            None,
            &self.settings.account,
            &self.ambient,
            Ending::Commit,
            tell,
        )?;
        Ok(summary.to_string())
    }

    /// Ends without having served. A registry that was made for this service and is still empty is removed.
    pub fn discard(self) {
        if let Some(store) = Arc::into_inner(self.store) {
            store.discard();
        }
    }

    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// What sends emails, if the settings name a mail server.
    fn delivery(&self, counted: &Arc<Deliveries>) -> Option<Rc<Delivery>> {
        let delivery = |smtp| {
            Delivery::new(
                smtp,
                Arc::clone(&self.store),
                self.ambient.clone(),
                self.log.clone(),
                Arc::clone(counted),
            )
        };
        self.settings.smtp.as_ref().map(delivery)
    }

    /// Starts to answer requests, on new threads.
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn start(self) -> Result<Running, StartError> {
        let address = self.address;
        let store = Arc::clone(&self.store);
        let graceful = !http::request_grace(&self.settings.http).is_zero();
        let failed =
            |why: &dyn fmt::Display| StartError::Server(format!("the server cannot run: {why}"));
        let traces = Traces::start(self.settings.traces.as_ref(), &self.ambient, &self.log)
            .map_err(|error| failed(&error))?;
        let (started, starts) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || {
                rt::System::new().block_on(async move {
                    let every = self.settings.store.expiry_seconds;
                    if every > 0 {
                        let (store, ambient) = (Arc::clone(&self.store), self.ambient.clone());
                        let log = self.log.clone();
                        // This task ends with the server.
                        drop(rt::spawn(remove_expired(
                            store,
                            ambient,
                            log,
                            Duration::from_secs(every),
                        )));
                    }
                    // So does this one.
                    drop(rt::spawn(import::run(
                        Arc::clone(&self.store),
                        self.ambient.clone(),
                        self.log.clone(),
                    )));
                    let deliveries = Arc::default();
                    let delivery = self.delivery(&deliveries);
                    if let Some(delivery) = &delivery {
                        drop(rt::spawn(Rc::clone(delivery).run()));
                    }
                    let shared = Shared::new(
                        &self.settings,
                        self.store,
                        self.ambient,
                        self.log,
                        traces.clone(),
                        deliveries,
                    );
                    match http::server(shared, self.listener, &self.settings) {
                        Ok(server) => {
                            // The receiver exists, because its owner waits until this arrives.
                            let _ = started.send(Ok(server.handle()));
                            let ended = server.await;
                            let spans = spawn_blocking(move || traces.finish(LAST_SENT));
                            if let Some(delivery) = delivery {
                                delivery.finish(LAST_SENT).await;
                            }
                            // What could not be sent by then is lost.
                            let _ = spans.await;
                            ended
                        }
                        Err(error) => {
                            let _ = started.send(Err(error));
                            Ok(())
                        }
                    }
                })
            })
            .map_err(|error| failed(&error))?;
        let handle = starts
            .recv()
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))?;
        Ok(Running {
            address,
            handle,
            graceful,
            thread,
            store,
        })
    }
}

/// How long messages and spans that are being sent may take when the server stops.
const LAST_SENT: Duration = Duration::from_millis(500);

/// The pause between two steps of removing expired records, in which other writers have their turn.
const PAUSE: Duration = Duration::from_millis(50);

/// Removes expired records until the server ends.
async fn remove_expired(store: Arc<Store>, ambient: Ambient, log: Log, every: Duration) {
    loop {
        rt::time::sleep(every).await;
        loop {
            match store.remove_expired(Timestamp::from(ambient.now())).await {
                Ok(0) => break,
                Ok(_) => rt::time::sleep(PAUSE).await,
                Err(error) => {
                    let reason = error.reason.unwrap_or_default();
                    log.fault(
                        "Records that have expired cannot be removed.",
                        ("reason", reason),
                    );
                    break;
                }
            }
        }
    }
}

/// Opens the registry of the settings.
pub(crate) fn open_store(
    settings: &Settings,
    ambient: &Ambient,
    opening: Opening,
) -> Result<Store, Unusable> {
    Store::open(&store_options(settings, ambient, opening))
}

/// How the registry of the settings is opened.
fn store_options(settings: &Settings, ambient: &Ambient, opening: Opening) -> StoreOptions {
    let readers = match settings.store.readers {
        0 => u32::try_from(settings.http.worker_count())
            .unwrap_or(u32::MAX)
            .saturating_add(1),
        readers => readers,
    };
    StoreOptions {
        database: settings.database.clone(),
        opening,
        keep_before_upgrade: settings.store.keep_before_upgrade,
        readers,
        connections: settings.store.connections,
        busy: busy(settings),
        ambient: ambient.clone(),
    }
}

/// Copies the registry in `from` to the one of the settings, which must hold nothing. Returns what each table held.
///
/// # Errors
/// Why one of the two cannot be used, in words for the operator; the target then holds nothing.
pub(crate) fn copy(
    from: &Database,
    settings: &Settings,
    ambient: &Ambient,
    tell: impl Fn(&dyn fmt::Display) + Send + Sync + 'static,
) -> Result<Vec<CopiedTable>, String> {
    store::copy(
        from,
        &store_options(settings, ambient, Opening::Create),
        tell,
    )
}

/// How long a write waits while another process locks the registry.
pub(crate) fn busy(settings: &Settings) -> Duration {
    Duration::from_secs(settings.store.busy_seconds)
}

/// A server that answers requests.
pub struct Running {
    address: SocketAddr,
    handle: ServerHandle,
    /// Whether running requests get time to finish.
    graceful: bool,
    thread: JoinHandle<std::io::Result<()>>,
    store: Arc<Store>,
}

impl Running {
    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting requests, lets running ones finish within the time of the settings, and closes the registry so that its
    /// one file is complete.
    ///
    /// # Errors
    /// When the server ended with an error of its own.
    pub fn stop(self) -> std::io::Result<()> {
        // The call starts the stop; the thread ends when it is complete.
        drop(self.handle.stop(self.graceful));
        let ended = self.thread.join();
        self.store.checkpoint().map_err(std::io::Error::other)?;
        ended.unwrap_or_else(|_| Err(std::io::Error::other("the server panicked")))
    }
}
