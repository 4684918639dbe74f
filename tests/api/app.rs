//! The world of one test: a server on a free port, a clock that stands still, and a client that signs as AWS's SDKs do.
//!
//! [`App::call`] fails the test when an answer's error is one that the operation does not declare.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Deref;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use chrono::{DateTime, Utc};
use poolhouse::ambient::{Ambient, ManualClock};
use poolhouse::api::{self, ErrorCode};
use poolhouse::service::{Running, Service};
use poolhouse::settings::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The registry that most tests start from.
pub(crate) const POOL: &str = "us-east-1_Test00001";
/// A pool of the same registry that tracks no devices.
pub(crate) const UNTRACKED_POOL: &str = "us-east-1_Test00002";
/// A pool of the same registry that belongs to another account.
pub(crate) const FOREIGN_POOL: &str = "us-east-1_Test00003";

/// The standing clock of every test: 22 November 2026, 14:23:00.500 UTC.
pub(crate) const NOW_MS: i64 = 1_795_357_380_500;

/// What a server is started with.
pub(crate) struct Setup {
    settings: Vec<(String, String)>,
    file: Option<String>,
    seeds: Vec<Value>,
    /// What the server's chance starts from: another after each start, as in life.
    chance: u64,
    directory: TempDir,
}

impl Setup {
    /// An empty registry in memory, no quotas, and the shipped access key.
    pub(crate) fn new() -> Self {
        Self {
            settings: Vec::new(),
            file: None,
            seeds: Vec::new(),
            chance: 1,
            directory: tempfile::tempdir().unwrap(),
        }
        .with("listen", "127.0.0.1:0")
        .with("database", ":memory:")
        .with("limits", "off")
        .with("log_format", "off")
        .with("http_workers", "1")
        // A test that looks at the tables says itself when what has expired goes.
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

    /// Keeps the registry in a file, where the test can look at it and damage it.
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

    /// Starts the server.
    pub(crate) fn start(self) -> App {
        self.start_at(ManualClock::at(
            DateTime::from_timestamp_millis(NOW_MS).unwrap(),
        ))
    }

    /// Starts the server with a clock that the test has already.
    pub(crate) fn start_at(self, clock: ManualClock) -> App {
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

/// A running server and its client.
pub(crate) struct App {
    running: Stopped,
    address: SocketAddr,
    pub(crate) clock: ManualClock,
    client: Client,
    setup: Setup,
}

/// A server that ends with its test, for its files to be closed.
struct Stopped(Option<Running>);

impl Drop for Stopped {
    fn drop(&mut self) {
        if let Some(running) = self.0.take() {
            let _ = running.stop();
        }
    }
}

/// A client of a server, with a clock to sign by.
pub(crate) struct Client {
    url: String,
    clock: Clock,
    agent: ureq::Agent,
}

enum Clock {
    Manual(ManualClock),
    System,
}

impl Client {
    /// A client of a server in another process.
    pub(crate) fn of(url: &str) -> Self {
        Self::new(url, Clock::System)
    }

    fn new(url: &str, clock: Clock) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        Self {
            url: url.to_owned(),
            clock,
            agent,
        }
    }

    /// Calls an operation as the administrator; the answer's error is one that the operation may answer with.
    pub(crate) fn call(&self, operation: &str, input: &Value) -> Answer {
        self.call_as(&Key::default(), operation, input)
    }

    /// Calls an operation with another access key.
    pub(crate) fn call_as(&self, key: &Key, operation: &str, input: &Value) -> Answer {
        let request = self.request(operation, input.to_string());
        let answer = self.send(key.sign_at(self.now(), request));
        answer.assert_declared(operation);
        answer
    }

    /// Calls an operation of a server that may go away; `None` when there is no answer.
    pub(crate) fn try_call(&self, operation: &str, input: &Value) -> Option<Answer> {
        let request = self.request(operation, input.to_string());
        self.try_send(Key::default().sign_at(self.now(), request))
            .ok()
    }

    /// Calls an operation as an app does, without a signature.
    pub(crate) fn call_open(&self, operation: &str, input: &Value) -> Answer {
        let answer = self.send(self.request(operation, input.to_string()));
        answer.assert_declared(operation);
        answer
    }

    /// Reads a path of the server's own, signed by the administrator.
    pub(crate) fn get_signed(&self, path: &str) -> Answer {
        self.get_as(&Key::default(), path)
    }

    /// Reads a path of the server's own, signed with another access key.
    pub(crate) fn get_as(&self, key: &Key, path: &str) -> Answer {
        let request = http::Request::get(format!("{}{path}", self.url));
        self.send(key.sign_at(self.now(), request.body(Vec::new()).unwrap()))
    }

    /// Sends a request as it is.
    pub(crate) fn send(&self, request: http::Request<Vec<u8>>) -> Answer {
        self.try_send(request).unwrap()
    }

    fn try_send(&self, request: http::Request<Vec<u8>>) -> Result<Answer, ureq::Error> {
        let mut response = self.agent.run(request)?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_vec()?,
        })
    }

    /// A request for an operation, not signed.
    pub(crate) fn request(
        &self,
        operation: &str,
        body: impl Into<Vec<u8>>,
    ) -> http::Request<Vec<u8>> {
        http::Request::post(format!("{}/", self.url))
            .header("content-type", "application/x-amz-json-1.1")
            .header(
                "x-amz-target",
                format!("AWSCognitoIdentityProviderService.{operation}"),
            )
            .body(body.into())
            .unwrap()
    }

    /// The time that it signs by.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        match &self.clock {
            Clock::Manual(clock) => clock.now(),
            Clock::System => DateTime::from(SystemTime::now()),
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

    /// Stops the server; the same setup can be started again, on the same file.
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

    /// Sends bytes over a connection of their own and reads all that comes back.
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

    /// `AdminGetDevice` in the test pool.
    pub(crate) fn device(&self, username: &str, device_key: &str) -> Answer {
        self.call(
            "AdminGetDevice",
            &json!({"UserPoolId": POOL, "Username": username, "DeviceKey": device_key}),
        )
    }
}

/// What a client signs with.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) region: String,
    pub(crate) service: String,
    /// How far the client's clock is ahead of the server's.
    pub(crate) ahead: i64,
}

impl Default for Key {
    fn default() -> Self {
        Self::new("test", "test")
    }
}

impl Key {
    pub(crate) fn new(id: &str, secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            region: "us-east-1".to_owned(),
            service: "cognito-idp".to_owned(),
            ahead: 0,
        }
    }

    /// A request for an operation, signed by AWS's own signer.
    pub(crate) fn sign(&self, app: &App, operation: &str, body: Vec<u8>) -> http::Request<Vec<u8>> {
        self.sign_request(app, app.request(operation, body))
    }

    /// Signs any request.
    pub(crate) fn sign_request(
        &self,
        app: &App,
        request: http::Request<Vec<u8>>,
    ) -> http::Request<Vec<u8>> {
        self.sign_at(app.now(), request)
    }

    /// Signs a request at this time.
    pub(crate) fn sign_at(
        &self,
        now: DateTime<Utc>,
        mut request: http::Request<Vec<u8>>,
    ) -> http::Request<Vec<u8>> {
        let identity = Credentials::from_keys(&self.id, &self.secret, None).into();
        let now = now + chrono::TimeDelta::seconds(self.ahead);
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(SystemTime::from(now))
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            headers,
            SignableBody::Bytes(request.body()),
        )
        .unwrap();
        let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A header's text, empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The body of a successful answer.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// Asserts success, of an operation that answers nothing else.
    #[track_caller]
    pub(crate) fn done(&self) {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
    }

    /// Type and message of a refusal.
    pub(crate) fn refusal(&self) -> (String, String) {
        let body = self.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        (text("__type"), text("message"))
    }

    /// Asserts a refusal by its type and message, with status 400 and the headers that go with it.
    #[track_caller]
    pub(crate) fn refused(&self, code: &str, message: &str) {
        assert_eq!(self.refusal(), (code.to_owned(), message.to_owned()));
        assert_eq!(self.status, 400);
        assert_eq!(self.header("x-amzn-errortype"), format!("{code}:"));
    }

    /// Asserts that the answer's error is one that the operation may answer with.
    pub(crate) fn assert_declared(&self, operation: &str) {
        if self.status == 200 {
            return;
        }
        let (code, _) = self.refusal();
        let known = ErrorCode::ALL.iter().find(|known| known.as_str() == code);
        let known = known.unwrap_or_else(|| {
            panic!("{operation} answered with {code}, which is no error of the API")
        });
        assert_eq!(self.status, known.http_status(), "{code}");
        let declared = api::operation(operation).is_some_and(|model| model.errors.contains(known));
        assert!(
            declared || known.is_common(),
            "{operation} does not declare {code}"
        );
    }
}

/// Device keys of [`registry`].
pub(crate) mod device {
    pub(crate) const REMEMBERED: &str = "us-east-1_aaaaaaaa-0000-4000-8000-000000000001";
    pub(crate) const NOT_REMEMBERED: &str = "us-east-1_aaaaaaaa-0000-4000-8000-000000000002";
    pub(crate) const UNCONFIRMED: &str = "us-east-1_aaaaaaaa-0000-4000-8000-000000000003";
    pub(crate) const OF_MARY: &str = "us-east-1_bbbbbbbb-0000-4000-8000-000000000001";
    pub(crate) const UNKNOWN: &str = "us-east-1_cccccccc-0000-4000-8000-000000000009";
}

/// Diego's sub in [`registry`].
pub(crate) const SUB: &str = "34c84488-e0e1-70ae-d2ee-991ad1a898c8";

/// Two users in a pool that tracks devices, and a pool that does not.
pub(crate) fn registry() -> Value {
    let user = |name: &str, devices: Value| json!({"Username": name, "Devices": devices});
    json!({"UserPools": [
        {
            "UserPool": {
                "Id": POOL,
                "Name": "tracked",
                "AliasAttributes": ["email", "phone_number", "preferred_username"],
                "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true},
            },
            "Users": [
                {
                    "Username": "diego",
                    "UserAttributes": [
                        {"Name": "sub", "Value": SUB},
                        {"Name": "email", "Value": "diego@example.com"},
                        {"Name": "email_verified", "Value": "true"},
                        {"Name": "phone_number", "Value": "+12065550100"},
                        {"Name": "phone_number_verified", "Value": "true"},
                        {"Name": "preferred_username", "Value": "d.ramirez"},
                    ],
                    "Devices": [
                        {
                            "DeviceKey": device::REMEMBERED,
                            "DeviceAttributes": [
                                {"Name": "device_status", "Value": "valid"},
                                {"Name": "device_name", "Value": "Diego's phone"},
                                {"Name": "last_ip_used", "Value": "192.0.2.1"},
                                {"Name": "dev:device_remembered_status", "Value": "remembered"},
                                {"Name": "dev:device_sdk", "Value": "aws-sdk-unknown-unknown"},
                            ],
                            "DeviceCreateDate": 1_715_100_742.022,
                            "DeviceLastModifiedDate": 1_723_233_651.167,
                            "DeviceLastAuthenticatedDate": 1_715_100_742,
                        },
                        {
                            "DeviceKey": device::NOT_REMEMBERED,
                            "DeviceAttributes": [
                                {"Name": "last_ip_used", "Value": "2001:db8::17"},
                                {"Name": "dev:device_remembered_status", "Value": "not_remembered"},
                            ],
                            "DeviceCreateDate": 1_719_830_400.5,
                            "DeviceLastModifiedDate": 1_719_830_401.25,
                            "DeviceLastAuthenticatedDate": 1_719_830_400.9,
                        },
                        {"DeviceKey": device::UNCONFIRMED, "Confirmed": false},
                    ],
                },
                {
                    "Username": "mary",
                    "Enabled": false,
                    "UserAttributes": [{"Name": "email", "Value": "mary@example.com"}],
                    "Devices": [{"DeviceKey": device::OF_MARY}],
                },
            ],
        },
        {
            "UserPool": {"Id": UNTRACKED_POOL, "Name": "untracked"},
            "Users": [user("diego", json!([{"DeviceKey": device::REMEMBERED}]))],
        },
        {
            "Account": "111111111111",
            "UserPool": {"Id": FOREIGN_POOL, "Name": "foreign", "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false}},
            "Users": [user("diego", json!([{"DeviceKey": device::REMEMBERED}]))],
        },
    ]})
}
