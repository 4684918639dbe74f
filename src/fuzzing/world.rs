//! A registry in memory and the service on it. After each input the registry is set back to its first state.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::ambient::{Ambient, ManualClock};
use crate::auth::seal::SealKey;
use crate::auth::signing_key::SigningKey;
use crate::http::Shared;
use crate::http::in_process::{Answer, InProcess, Received, Request, SIGNATURE};
use crate::ids::UserPoolId;
use crate::import;
use crate::log::Log;
use crate::otlp::Traces;
use crate::seed::{self, Ending, SeedFile};
use crate::service;
use crate::settings::Settings;
use crate::store::{SnapshotName, Store};

/// Pools, app clients, users and devices that inputs may name.
const REGISTRY: &str = include_str!("world.json");
pub(super) const POOL: &str = "us-east-1_Fuzz00001";
pub(super) const CLIENT: &str = "fuzzclient";

/// 22 November 2026, 14:23:00.500 UTC, as in the tests.
const NOW_MS: i64 = 1_795_357_380_500;

/// The most requests of one conversation.
const MAX_CALLS: usize = 16;

/// The longest text of an answer that a conversation remembers, in bytes.
const MAX_TEXT_BYTES: usize = 4096;

/// The longest body of a request after the texts of earlier answers are filled in, in bytes.
const MAX_BODY_BYTES: usize = 1 << 16;

pub(super) struct World {
    ambient: Ambient,
    store: Arc<Store>,
    service: InProcess,
    /// What the registry begins with.
    beginning: SnapshotName,
    /// The texts in the answers to the first sign-ins, by the names of their members.
    known: BTreeMap<String, String>,
    pub(super) seal: SealKey,
    pub(super) access_key: SigningKey,
}

impl World {
    pub(super) fn new() -> Self {
        let (settings, ambient) = (settings(), ambient());
        let store = Arc::new(
            service::open_store(&settings, &ambient, crate::store::Opening::Create)
                .expect("memory can be opened"),
        );
        let file = SeedFile::parse(Path::new("world"), REGISTRY.into(), &settings.region);
        let file = file.expect("the world is a seed");
        seed::apply(
            &store,
            vec![file],
            None,
            &settings.account,
            &ambient,
            Ending::Commit,
            |_| (),
        )
        .expect("the seed fits");
        let shared = Shared::new(
            &settings,
            Arc::clone(&store),
            ambient.clone(),
            Log::default(),
            Traces::default(),
            Arc::default(),
        );
        let service = InProcess::new(shared);
        let mut known = BTreeMap::new();
        for (client, user) in [("fuzzfactorclient", "ana@example.com"), (CLIENT, "diego")] {
            let sign_in = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
                "AuthParameters": {"USERNAME": user, "PASSWORD": "Fuzz-Password-1"}});
            let answer = call(
                &service,
                ambient.now(),
                "InitiateAuth",
                &sign_in.to_string(),
            );
            assert_eq!(answer.status, 200, "{user} cannot sign in");
            remember(&mut known, &answer);
        }
        let (seal, access_key) = store
            .read_now(|tx| {
                let pool = tx.pool(&UserPoolId::from(POOL.to_owned()))?;
                let keys = tx.find_pool_keys(&pool)?.expect("signing in draws keys");
                Ok((keys.seal, tx.signing_key(&pool, &keys.access_kid)?))
            })
            .expect("memory can be read");
        let beginning = SnapshotName::parse("beginning").expect("it is a name");
        store
            .save_snapshot(&beginning, ambient.now().into())
            .expect("memory can be read");
        Self {
            ambient,
            store,
            service,
            beginning,
            known,
            seal,
            access_key,
        }
    }

    /// The answer to a request, checked for faults of the server. Returns `None` if the request is not HTTP.
    pub(super) fn answer(&self, request: &Request<'_>) -> Option<Answer> {
        let answer = self.service.answer(request)?;
        assert_no_fault(&answer);
        Some(answer)
    }

    /// The signed call of an operation, as a server reads it.
    pub(super) fn received(&self, operation: &str, body: &str) -> Received {
        let received = in_request(self.ambient.now(), operation, body, |request| {
            self.service.received(request)
        });
        received.expect("this is HTTP")
    }

    /// Whether an access key signed the request.
    pub(super) fn verifies(&self, received: &Received) -> bool {
        self.service.verifies(received)
    }

    /// Imports the users of a file into the pool. Returns the lines that were imported, skipped, and that failed.
    pub(super) fn import(&self, file: &[u8]) -> [i64; 3] {
        let mut conversation = self.conversation();
        let mut call = |operation: &str, members: Value| {
            let mut body = members;
            let all = body.as_object_mut().expect("members are an object");
            all.insert("UserPoolId".to_owned(), POOL.into());
            let answer = conversation.call(&format!("{operation} {body}"));
            let answer = answer.expect("this is a call");
            assert_eq!(answer.status, 200, "{operation}");
            serde_json::from_slice::<Value>(&answer.body).expect("JSON")
        };
        let role = "arn:aws:iam::000000000000:role/logs";
        let job = call(
            "CreateUserImportJob",
            json!({"JobName": "fuzz", "CloudWatchLogsRoleArn": role}),
        );
        let job = json!({"JobId": job.pointer("/UserImportJob/JobId")});
        let (id, file) = (job.to_string(), file.to_vec());
        let uploaded = self.store.write_now(move |tx| {
            let id = id.split('"').nth(3).unwrap_or_default();
            let (job, ..) = tx.find_import_job(id)?.expect("the job was created");
            let upload = tx.begin_import_upload(&job)?;
            if !file.is_empty() {
                tx.put_import_piece(&job, upload, 0, &file)?;
            }
            tx.finish_import_upload(&job, upload)
        });
        uploaded.expect("memory can be written");
        call("StartUserImportJob", job.clone());
        loop {
            let step = import::step(&self.store, &self.ambient);
            let went_on = self.service.block_on(step);
            if !went_on.expect("memory can be written") {
                break;
            }
        }
        let ended = call("DescribeUserImportJob", job);
        let ended = ended.get("UserImportJob").expect("the job is shown");
        assert!(ended.get("CompletionDate").is_some(), "{ended}");
        ["ImportedUsers", "SkippedUsers", "FailedUsers"]
            .map(|name| ended.get(name).and_then(Value::as_i64).unwrap_or(-1))
    }

    /// Begins a conversation.
    pub(super) fn conversation(&self) -> Conversation<'_> {
        Conversation {
            world: self,
            known: self.known.clone(),
            calls: 0,
        }
    }

    /// Sets the registry back to its first state.
    pub(super) fn put_back(&self) {
        let put_back = self.store.restore_snapshot(&self.beginning);
        put_back.expect("memory can be written");
    }
}

/// The settings of a world: the defaults, with the registry in memory and without quotas.
pub(super) fn settings() -> Settings {
    let set = [
        ("POOLHOUSE_DATABASE", ":memory:"),
        ("POOLHOUSE_LIMITS", "off"),
        ("POOLHOUSE_STORE_READERS", "1"),
    ];
    let set = set.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Settings::load(None, set, &[]).expect("the settings fit")
}

/// A clock that stands still, and random values that are the same in each run.
pub(super) fn ambient() -> Ambient {
    let now = DateTime::from_timestamp_millis(NOW_MS).unwrap_or_default();
    Ambient::set(ManualClock::at(now), 1)
}

/// Requests that follow each other. `{Name}` in the body of one stands for the text that a member of that name had in the
/// answer to an earlier one.
pub(super) struct Conversation<'w> {
    world: &'w World,
    known: BTreeMap<String, String>,
    calls: usize,
}

impl Conversation<'_> {
    /// The text that `{name}` stands for.
    pub(super) fn told(&self, name: &str) -> &str {
        self.known.get(name).expect("an answer had it")
    }

    /// Sets the text that `{name}` stands for.
    pub(super) fn tell(&mut self, name: &str, text: String) {
        self.known.insert(name.to_owned(), text);
    }

    /// Sets `{Session}` and `{SecretBlock}` to sealed sessions that contain `plain`.
    pub(super) fn tell_session(&mut self, plain: &[u8]) {
        let (seal, chance) = (&self.world.seal, &self.world.ambient);
        let sealed = seal.seal_bytes(&seal_context(), plain, chance);
        let sealed = sealed.expect("sealing works");
        let session = format!("{CLIENT}.{}", URL_SAFE_NO_PAD.encode(&sealed));
        self.tell("Session", session);
        self.tell("SecretBlock", STANDARD.encode(sealed));
    }

    /// Calls an operation by a line with its name and its body. Returns `None` after too many calls, for a name that is not a word,
    /// and for a body that is too long.
    pub(super) fn call(&mut self, line: &str) -> Option<Answer> {
        self.calls += 1;
        let (operation, body) = line.split_once(' ').unwrap_or((line, ""));
        let body = filled(body, &self.known)?;
        if self.calls > MAX_CALLS || !operation.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let answer = call(
            &self.world.service,
            self.world.ambient.now(),
            operation,
            &body,
        );
        remember(&mut self.known, &answer);
        Some(answer)
    }
}

/// The context that sessions of the client are sealed with.
pub(super) fn seal_context() -> Vec<u8> {
    format!("{POOL}/{CLIENT}").into_bytes()
}

/// Calls an operation with a signature, and checks the answer for faults of the server.
fn call(service: &InProcess, now: DateTime<Utc>, operation: &str, body: &str) -> Answer {
    let answer = in_request(now, operation, body, |request| service.answer(request));
    let answer = answer.expect("this is HTTP");
    assert_no_fault(&answer);
    answer
}

/// Runs `visit` with the call of an operation that has a place for its signature.
fn in_request<T>(
    now: DateTime<Utc>,
    operation: &str,
    body: &str,
    visit: impl FnOnce(&Request<'_>) -> T,
) -> T {
    let date = now.format("%Y%m%dT%H%M%SZ").to_string();
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    let authorization = authorization(&date);
    visit(&Request {
        method: b"POST",
        target: b"/",
        headers: vec![
            (b"host", b"localhost"),
            (b"content-type", b"application/x-amz-json-1.1"),
            (b"x-amz-target", target.as_bytes()),
            (b"x-amz-date", date.as_bytes()),
            (b"authorization", authorization.as_bytes()),
        ],
        body: body.as_bytes(),
    })
}

/// The `Authorization` header of a request that the default access key signs.
fn authorization(date: &str) -> String {
    let day = date.get(..8).unwrap_or_default();
    format!(
        "AWS4-HMAC-SHA256 Credential=test/{day}/us-east-1/cognito-idp/aws4_request, \
         SignedHeaders=host;x-amz-date;x-amz-target, Signature={SIGNATURE}"
    )
}

/// Checks that the answer reports no fault of the server, in any of the protocols.
fn assert_no_fault(answer: &Answer) {
    let not_served = 501;
    let body = String::from_utf8_lossy(&answer.body);
    assert!(
        (answer.status < 500 || answer.status == not_served)
            && !body.contains(r#""__type":"Internal"#),
        "status {}: {body}",
        answer.status
    );
}

/// Adds the texts of an answer to `known`, by the names of their members.
fn remember(known: &mut BTreeMap<String, String>, answer: &Answer) {
    if let Ok(body) = serde_json::from_slice(&answer.body) {
        remember_member(known, "", body);
    }
}

fn remember_member(known: &mut BTreeMap<String, String>, name: &str, value: Value) {
    match value {
        Value::String(text) if text.len() <= MAX_TEXT_BYTES => {
            known.insert(name.to_owned(), text);
        }
        Value::Object(members) => members
            .into_iter()
            .for_each(|(name, member)| remember_member(known, &name, member)),
        Value::Array(items) => items
            .into_iter()
            .for_each(|item| remember_member(known, name, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The text with each known `{Name}` replaced, escaped for a JSON string. Returns `None` if the result is too long.
fn filled(text: &str, known: &BTreeMap<String, String>) -> Option<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let name_and_rest = after.split_once('}');
        let known = name_and_rest.and_then(|(name, after)| Some((known.get(name)?, after)));
        if let Some((known, after)) = known {
            let quoted = Value::from(known.as_str()).to_string();
            filled.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
            rest = after;
        } else {
            filled.push('{');
            rest = after;
        }
        if filled.len() > MAX_BODY_BYTES {
            return None;
        }
    }
    filled.push_str(rest);
    Some(filled)
}
