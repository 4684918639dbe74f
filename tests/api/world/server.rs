//! A server on a free port, with its own registry, clock and random numbers. The clock stands still unless a test advances it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::DateTime;
use poolhouse::ambient::{Ambient, ManualClock};
use poolhouse::service::{Running, Service};
use poolhouse::settings::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::answer::Answer;
use super::attributes::value_of;
use super::client::{Client, Clock};
use super::pool_keys::give_keys;
use super::postgres::OwnDatabase;
use super::registry::{NOW_MS, POOL, registry};

/// What a server is started with.
pub(crate) struct Setup {
    settings: Vec<(String, String)>,
    file: Option<String>,
    seeds: Vec<Value>,
    /// Whether the server draws the keys of the seeds' pools itself.
    draws_keys: bool,
    /// The seed of the server's random numbers, another after each start.
    chance: u64,
    /// The database of a registry that PostgreSQL keeps.
    _postgres: Option<OwnDatabase>,
    directory: TempDir,
}

impl Setup {
    /// An empty registry, no quotas, and the default access key. The registry is in memory, or in a PostgreSQL database if the
    /// environment says `STORIES_ON=postgres`.
    pub(crate) fn new() -> Self {
        let on_postgres = std::env::var("STORIES_ON").is_ok_and(|engine| engine == "postgres");
        let postgres = on_postgres.then(|| OwnDatabase::like(empty_registry()));
        let database = postgres.as_ref().map(|database| database.address.clone());
        Self {
            settings: Vec::new(),
            file: None,
            seeds: Vec::new(),
            draws_keys: false,
            chance: 1,
            _postgres: postgres,
            directory: tempfile::tempdir().unwrap(),
        }
        .with("listen", "127.0.0.1:0")
        .with("database", database.as_deref().unwrap_or(":memory:"))
        .with("limits", "off")
        .with("log_format", "off")
        .with("http_workers", "1")
        // A test of the tables says itself when expired rows are deleted.
        .with("store_expiry_seconds", "0")
    }

    /// Sets what the environment variable `POOLHOUSE_<NAME>` sets.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((
            format!("POOLHOUSE_{}", name.to_uppercase()),
            value.to_owned(),
        ));
        self
    }

    /// Uses a settings file with this text.
    pub(crate) fn with_file(mut self, toml: &str) -> Self {
        self.file = Some(toml.to_owned());
        self
    }

    /// Keeps the registry in memory, also where the stories are run on PostgreSQL: for what SQLite alone does.
    pub(crate) fn in_memory(self) -> Self {
        self.with("database", ":memory:")
    }

    /// Keeps the registry in a file, which the test can read and damage.
    pub(crate) fn on_disk(self) -> Self {
        let path = self.database();
        self.with("database", path.to_str().unwrap())
    }

    /// The file of [`Setup::on_disk`].
    pub(crate) fn database(&self) -> PathBuf {
        self.directory.path().join("poolhouse.db")
    }

    /// Applies this seed before the start.
    pub(crate) fn seeded(mut self, seed: Value) -> Self {
        self.seeds.push(seed);
        self
    }

    /// The pools of the seeds have no keys, so that the server draws them when they are first needed.
    pub(crate) fn drawing_keys(mut self) -> Self {
        self.draws_keys = true;
        self
    }

    /// Starts the server.
    pub(crate) fn start(self) -> App {
        self.start_at(ManualClock::at(
            DateTime::from_timestamp_millis(NOW_MS).unwrap(),
        ))
    }

    /// Starts the server with a clock that the test has already.
    pub(crate) fn start_at(mut self, clock: ManualClock) -> App {
        if !self.draws_keys {
            give_keys(&mut self.seeds);
        }
        let file = self
            .file
            .as_ref()
            .map(|text| self.write("settings.toml", text));
        let settings = Settings::load(file.as_deref(), self.settings.clone(), &[]).unwrap();
        let service = Service::open(settings, Ambient::set(clock.clone(), self.chance)).unwrap();
        let seeds: Vec<PathBuf> = (self.seeds.iter().enumerate())
            .map(|(index, seed)| self.write(&format!("seed-{index}.json"), &seed.to_string()))
            .collect();
        service.seed(&seeds, |_| ()).unwrap();
        let running = service.start().unwrap();
        let url = format!("http://{}", running.address());
        let client = Client::new(&url, Clock::Manual(clock.clone()));
        App {
            address: running.address(),
            running: Stopped(Some(running)),
            clock,
            client,
            setup: self,
        }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

/// A PostgreSQL database with a registry that holds nothing, which the tests' own are made from: it takes half as long.
fn empty_registry() -> &'static OwnDatabase {
    static TEMPLATE: OnceLock<OwnDatabase> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let database = OwnDatabase::empty();
        let settings = [("POOLHOUSE_DATABASE".to_owned(), database.address.clone())];
        let settings = Settings::load(None, settings, &[]).unwrap();
        drop(Service::open(settings, Ambient::system()).unwrap());
        database
    })
}

/// A running server and its client.
pub(crate) struct App {
    running: Stopped,
    address: SocketAddr,
    pub(crate) clock: ManualClock,
    client: Client,
    setup: Setup,
}

/// Stops the server when the test ends, so that its files are closed.
struct Stopped(Option<Running>);

impl Drop for Stopped {
    fn drop(&mut self) {
        if let Some(running) = self.0.take() {
            let _ = running.stop();
        }
    }
}

impl Deref for App {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl App {
    /// A server with the registry of [`registry`].
    pub(crate) fn with_devices() -> Self {
        Setup::new().seeded(registry()).start()
    }

    /// Stops the server. Returns its setup, which can be started again on the same file.
    pub(crate) fn stop(mut self) -> Setup {
        self.running.0.take().unwrap().stop().unwrap();
        Setup {
            seeds: Vec::new(),
            chance: self.setup.chance + 1,
            ..self.setup
        }
    }

    /// The file of a registry on disk.
    pub(crate) fn database(&self) -> PathBuf {
        self.setup.database()
    }

    /// Where the server listens.
    pub(crate) fn url(&self) -> String {
        self.client.url.clone()
    }

    /// The host and port that the server listens on.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Sends bytes over a new connection and reads the whole answer.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Lets time pass.
    pub(crate) fn seconds_pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Lets time pass.
    pub(crate) fn milliseconds_pass(&self, milliseconds: u64) {
        self.clock.advance(Duration::from_millis(milliseconds));
    }

    /// Opens the database file, to read or damage it.
    pub(crate) fn file(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.database()).unwrap()
    }

    /// `AdminGetUser` in the test pool, for an existing user.
    pub(crate) fn user(&self, username: &str) -> Value {
        let user = json!({"UserPoolId": POOL, "Username": username});
        self.call("AdminGetUser", &user).ok()
    }

    /// The value of an attribute of a user in the test pool; `Null` if the user does not have it.
    pub(crate) fn attribute(&self, username: &str, name: &str) -> Value {
        value_of(&self.user(username)["UserAttributes"], name)
    }

    /// `AdminSetUserPassword`.
    pub(crate) fn set_password(
        &self,
        pool: &str,
        username: &str,
        password: &str,
        permanent: bool,
    ) -> Answer {
        let input = json!({"UserPoolId": pool, "Username": username, "Password": password, "Permanent": permanent});
        self.call("AdminSetUserPassword", &input)
    }

    /// `AdminGetDevice` in the test pool.
    pub(crate) fn device(&self, username: &str, device_key: &str) -> Answer {
        self.call(
            "AdminGetDevice",
            &json!({"UserPoolId": POOL, "Username": username, "DeviceKey": device_key}),
        )
    }
}
