//! A registry in memory and the service on it, put back after each input to what it was before.

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
use crate::log::Log;
use crate::seed::{self, SeedFile};
use crate::service;
use crate::settings::Settings;
use crate::store::{Snapshot, Store};

/// Pools, app clients, users and devices that inputs may name.
const REGISTRY: &str = include_str!("world.json");
pub(super) const POOL: &str = "us-east-1_Fuzz00001";
pub(super) const CLIENT: &str = "fuzzclient";

/// 22 November 2026, 14:23:00.500 UTC, as in the tests.
const NOW_MS: i64 = 1_795_357_380_500;

/// The most requests of one conversation.
const MOST_CALLS: usize = 16;

/// The longest text that a conversation remembers of its answers.
const LONGEST_TEXT: usize = 4096;

/// The longest body that texts of earlier answers may make.
const LONGEST_BODY: usize = 1 << 16;

pub(super) struct World {
    ambient: Ambient,
    store: Arc<Store>,
    service: InProcess,
    snapshot: Snapshot,
    /// Texts of the answers to a sign-in, by the names of their members.
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
        seed::apply(&store, vec![file], &settings.account, &ambient, |_| ())
            .expect("the seed fits");
        let shared = Shared::new(
            &settings,
            Arc::clone(&store),
            ambient.clone(),
            Log::default(),
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
        Self {
            snapshot: store.snapshot().expect("memory can be read"),
            ambient,
            store,
            service,
            known,
            seal,
            access_key,
        }
    }

    /// The answer to a request, held to what every answer must be; none to what is no HTTP.
    pub(super) fn answer(&self, request: &Request<'_>) -> Option<Answer> {
        let answer = self.service.answer(request)?;
        assert_no_fault(&answer);
        Some(answer)
    }

    /// The call of an operation, signed.
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

    /// Begins a conversation in the world as it was at first.
    pub(super) fn conversation(&self) -> Conversation<'_> {
        Conversation {
            world: self,
            known: self.known.clone(),
            calls: 0,
        }
    }

    /// Makes the registry what it was.
    pub(super) fn put_back(&self) {
        let put_back = self.store.restore(&self.snapshot);
        put_back.expect("memory can be written");
    }
}

/// The settings of a world: the shipped ones, in memory and without quotas.
pub(super) fn settings() -> Settings {
    let set = [
        ("POOLHOUSE_DATABASE", ":memory:"),
        ("POOLHOUSE_LIMITS", "off"),
        ("POOLHOUSE_STORE_READERS", "1"),
    ];
    let set = set.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Settings::load(None, set, &[]).expect("the settings fit")
}

/// A standing clock, and chance that repeats itself.
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
    /// What `{name}` stands for.
    pub(super) fn told(&self, name: &str) -> &str {
        self.known.get(name).expect("an answer had it")
    }

    /// Sets what `{name}` stands for.
    pub(super) fn tell(&mut self, name: &str, text: String) {
        self.known.insert(name.to_owned(), text);
    }

    /// Sets what `{Session}` and `{SecretBlock}` stand for: sessions with this text in them, whatever it is.
    pub(super) fn tell_session(&mut self, plain: &[u8]) {
        let (seal, chance) = (&self.world.seal, &self.world.ambient);
        let sealed = seal.seal_bytes(&seal_context(), plain, chance);
        let sealed = sealed.expect("sealing works");
        let session = format!("{CLIENT}.{}", URL_SAFE_NO_PAD.encode(&sealed));
        self.tell("Session", session);
        self.tell("SecretBlock", STANDARD.encode(sealed));
    }

    /// Calls an operation by a line of its name and its body; none if that is too much.
    pub(super) fn call(&mut self, line: &str) -> Option<Answer> {
        self.calls += 1;
        let (operation, body) = line.split_once(' ').unwrap_or((line, ""));
        let body = filled(body, &self.known)?;
        if self.calls > MOST_CALLS || !operation.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
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

/// What the sessions of the client are sealed with.
pub(super) fn seal_context() -> Vec<u8> {
    format!("{POOL}/{CLIENT}").into_bytes()
}

/// Calls an operation, signed.
fn call(service: &InProcess, now: DateTime<Utc>, operation: &str, body: &str) -> Answer {
    let answer = in_request(now, operation, body, |request| service.answer(request));
    let answer = answer.expect("this is HTTP");
    assert_no_fault(&answer);
    answer
}

/// Does something with the call of an operation, to be signed.
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

/// The header of a request that the shipped access key signs.
fn authorization(date: &str) -> String {
    let day = date.get(..8).unwrap_or_default();
    format!(
        "AWS4-HMAC-SHA256 Credential=test/{day}/us-east-1/cognito-idp/aws4_request, \
         SignedHeaders=host;x-amz-date;x-amz-target, Signature={SIGNATURE}"
    )
}

/// No answer tells of a fault of the server, in neither tongue.
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

/// Keeps the texts of an answer under the names of their members.
fn remember(known: &mut BTreeMap<String, String>, answer: &Answer) {
    if let Ok(body) = serde_json::from_slice(&answer.body) {
        remember_member(known, "", body);
    }
}

fn remember_member(known: &mut BTreeMap<String, String>, name: &str, value: Value) {
    match value {
        Value::String(text) if text.len() <= LONGEST_TEXT => {
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

/// The text with every `{Name}` that is known replaced, inside of a JSON string; none if that makes it too long.
fn filled(text: &str, known: &BTreeMap<String, String>) -> Option<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}');
        let known = named.and_then(|(name, after)| Some((known.get(name)?, after)));
        if let Some((known, after)) = known {
            let quoted = Value::from(known.as_str()).to_string();
            filled.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
            rest = after;
        } else {
            filled.push('{');
            rest = after;
        }
        if filled.len() > LONGEST_BODY {
            return None;
        }
    }
    filled.push_str(rest);
    Some(filled)
}
