//! Access to private code for fuzzing and benchmarks. The shipped binary contains nothing of it.
//!
//! A fuzzer runs a [`Target`] with bytes of its choice. For any bytes, nothing may panic, no answer may report a fault of the
//! server, and memory and time stay bounded. `fuzz/main.rs` searches for bytes that break this. The bytes that reached most code
//! are kept in `fuzz/corpus/`, in a folder for each target, and the tests below run them again.
//!
//! A benchmark, `benches/parts.rs`, runs each [`Part`] of a request alone.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a panic tells the fuzzer or the benchmark about a fault"
)]

mod browser;
mod parts;
mod world;

use std::cell::Cell;
use std::path::Path;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::api::ErrorCode;
use crate::auth::srp::{Claim, Exchange, Identity, Verifier};
use crate::http::in_process::Request;
use crate::ids::UserPoolId;
use crate::operations::Table;
use crate::seed::{self, Ending, SeedFile};
use crate::service;
use browser::Browser;
pub use parts::{Part, parts};
use world::{Conversation, POOL, World};

/// The operations.
static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// The most bytes that one input may allocate in total, freed ones included.
pub const MAX_ALLOCATED_BYTES: u64 = 64 << 20;

/// The longest input that a target runs with.
pub const MAX_INPUT_BYTES: usize = 4096;

/// A fuzz target: a function that takes any bytes.
#[derive(Debug)]
pub struct Target {
    /// The name, which is also the name of the corpus.
    pub name: &'static str,
    run: fn(&[u8]),
}

/// Every fuzz target.
pub const TARGETS: [Target; 10] = [
    Target::new("request", request),
    Target::new("input", input),
    Target::new("pages", pages),
    Target::new("conversation", conversation),
    Target::new("session", session),
    Target::new("token", token),
    Target::new("users", users),
    Target::new("srp", srp),
    Target::new("seed", seed),
    Target::new("import", import),
];

impl Target {
    const fn new(name: &'static str, run: fn(&[u8])) -> Self {
        Self { name, run }
    }

    /// Runs with these bytes, unless they are more than [`MAX_INPUT_BYTES`].
    pub fn run(&self, input: &[u8]) {
        if input.len() <= MAX_INPUT_BYTES {
            (self.run)(input);
        }
    }
}

thread_local! {
    /// The world of this thread; `None` while it is in use, so that a world in which something panicked is not used again.
    /// It is never dropped, because its runtime has thread-locals that may be dropped first.
    static WORLD: Cell<Option<&'static World>> = const { Cell::new(None) };
}

/// Runs `visit` in a world in its first state.
fn in_world<T>(visit: impl FnOnce(&World) -> T) -> T {
    let world = WORLD
        .take()
        .unwrap_or_else(|| Box::leak(Box::new(World::new())));
    let seen = visit(world);
    world.put_back();
    WORLD.set(Some(world));
    seen
}

/// A whole HTTP request: a line with method and target, lines with headers, an empty line, the body. `{signature}` in its
/// `Authorization` header stands for the right signature.
fn request(input: &[u8]) {
    let (head, body) = split_once(input, b"\n\n").unwrap_or((input, b""));
    let (first, headers) = split_once(head, b"\n").unwrap_or((head, b""));
    let (method, target) = split_once(first, b" ").unwrap_or((first, b"/"));
    let headers = headers.split(|byte| *byte == b'\n');
    let headers = headers.filter_map(|line| split_once(line, b": ")).collect();
    let request = Request {
        method,
        target,
        headers,
        body,
    };
    in_world(|world| world.answer(&request));
}

/// A browser at the pages of a domain: in each line the domain, a slash, the path of a page with its query, and, behind a blank, the
/// form that is posted there; without a form the page is opened. `{csrf}` and `{state}` stand for the hidden fields of the page before.
fn pages(input: &[u8]) {
    let lines = str::from_utf8(input).unwrap_or_default().lines();
    in_world(|world| {
        let mut browser = Browser::at(world);
        lines.for_each(|line| {
            browser.go(line);
        });
    });
}

/// The input of one operation, checked against the model: the operation's name, a blank, the body.
fn input(input: &[u8]) {
    let (name, body) = split_once(input, b" ").unwrap_or((input, b""));
    let name = str::from_utf8(name).unwrap_or_default();
    let Some(entry) = TABLE.find(name) else {
        return;
    };
    entry.counts_as(body);
    if let Err(error) = entry.prepare(body) {
        let fault = error.code == ErrorCode::InternalErrorException;
        assert!(!fault, "{:?}", error.reason);
    }
}

/// Operations called one after the other, one in each line: its name, a blank, the body.
fn conversation(input: &[u8]) {
    converse(input, |_| {});
}

/// A line that is sealed as a session, then operations in whose bodies `{Session}` and `{SecretBlock}` stand for it.
fn session(input: &[u8]) {
    let (plain, lines) = split_once(input, b"\n").unwrap_or((input, b""));
    converse(lines, |conversation| conversation.tell_session(plain));
}

/// Calls one operation after the other. Returns the statuses of the answers.
fn converse(lines: &[u8], prepare: impl FnOnce(&mut Conversation<'_>)) -> Vec<u16> {
    let lines = str::from_utf8(lines).unwrap_or_default().lines();
    in_world(|world| {
        let mut conversation = world.conversation();
        prepare(&mut conversation);
        let answers = lines.filter_map(|line| conversation.call(line));
        answers.map(|answer| answer.status).collect()
    })
}

/// A token: one line is taken as it is; two lines are header and claims, which are signed. `{kid}` stands for the key's id.
fn token(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    in_world(|world| {
        let key = &world.access_key;
        let text = text.replace("{kid}", key.kid());
        let token = match text.split_once('\n') {
            Some((header, claims)) => {
                let signed = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
                let signed = signed.join(".");
                let signature = key.sign(signed.as_bytes()).expect("the key signs");
                format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
            }
            None => text,
        };
        let mut conversation = world.conversation();
        conversation.tell("Token", token);
        for line in [
            r#"GetUser {"AccessToken":"{Token}"}"#,
            r#"GetTokensFromRefreshToken {"ClientId":"fuzzclient","RefreshToken":"{Token}"}"#,
            r#"RevokeToken {"ClientId":"fuzzclient","Token":"{Token}"}"#,
        ] {
            conversation.call(line);
        }
    });
}

/// A search for users: a line with the filter, then the name after which the page begins.
fn users(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let (filter, after) = text.split_once('\n').unwrap_or((text, ""));
    in_world(|world| {
        let mut conversation = world.conversation();
        let limited = format!(r#"ListUsers {{"UserPoolId":"{POOL}","Limit":1}}"#);
        let page = conversation.call(&limited).expect("this is a call");
        assert_eq!(page.status, 200);
        let page: Value = serde_json::from_slice(&page.body).expect("JSON");
        let token = page.get("PaginationToken").and_then(Value::as_str);
        let token = URL_SAFE_NO_PAD
            .decode(token.unwrap_or_default())
            .expect("base64");
        let (list, _) = split_once(&token, b"\n").expect("a token names its list");
        let token = URL_SAFE_NO_PAD.encode([list, b"\n", after.as_bytes()].concat());
        for token in [Value::Null, token.into(), after.into()] {
            let body =
                json!({"UserPoolId": POOL, "Filter": filter, "Limit": 1, "PaginationToken": token});
            conversation.call(&format!("ListUsers {body}"));
        }
    });
}

/// The numbers of an SRP exchange, one in each line: `SRP_A`, salt and verifier of a device, the time of the claim; then the
/// claim's signature of 32 bytes and its secret block.
fn srp(input: &[u8]) {
    let mut parts = input.splitn(5, |byte| *byte == b'\n');
    let mut text = || str::from_utf8(parts.next().unwrap_or_default()).unwrap_or_default();
    let (srp_a, salt, verifier, timestamp) = (text(), text(), text(), text());
    let rest = parts.next().unwrap_or_default();
    let (signature, secret_block) = rest.split_at_checked(32).unwrap_or((rest, b""));
    let verifier = Verifier::of_device(salt, verifier).inspect(|verifier| {
        let (salt, value) = verifier.to_device();
        let again = Verifier::of_device(&salt, value.expose()).expect("it was one before");
        assert_eq!(again.value().expose(), verifier.value().expose());
        assert_eq!(again.salt(), verifier.salt());
    });
    let verifier = verifier.unwrap_or_else(|_| Verifier::decoy(&[0; 32]));
    let Ok(exchange) = Exchange::begin(&verifier, srp_a, &world::ambient()) else {
        return;
    };
    let kept = Exchange::from_bytes(&exchange.to_bytes()).expect("it was written before");
    assert_eq!(kept.srp_b(), exchange.srp_b());
    let pool = UserPoolId::from(POOL.to_owned());
    let claim = Claim {
        secret_block,
        timestamp,
        signature,
    };
    kept.accepts(&verifier, Identity::user(&pool, "diego"), &claim);
}

/// A seed file. If it is accepted, the export of its registry is accepted as well and gives the same export.
fn seed(input: &[u8]) {
    let Ok(once) = exported(input) else {
        return;
    };
    let twice = exported(&once).expect("an export is a seed");
    let [once, twice] = [&once, &twice].map(|seed| String::from_utf8_lossy(seed));
    assert_eq!(once, twice);
}

/// A file of users to import. Whatever it holds, the job ends, and counts no line twice.
fn import(input: &[u8]) {
    let [imported, skipped, failed] = in_world(|world| world.import(input));
    let lines = input.split(|byte| *byte == b'\n').count();
    let counted = imported + skipped + failed;
    assert!(usize::try_from(counted).is_ok_and(|counted| counted < lines));
}

/// The export of a registry that holds this seed only.
fn exported(text: &[u8]) -> Result<Vec<u8>, seed::SeedError> {
    let (settings, ambient) = (world::settings(), world::ambient());
    let file = SeedFile::parse(Path::new("seed"), text.to_vec(), &settings.region)?;
    let store = service::open_store(&settings, &ambient, crate::store::Opening::Create)
        .expect("memory can be opened");
    let applied = seed::apply(
        &store,
        vec![file],
        None,
        &settings.account,
        &ambient,
        Ending::Commit,
        |_| (),
    );
    if let Err(seed::SeedError::Store(why)) = applied {
        panic!("the registry failed: {why}");
    }
    applied?;
    let mut exported = Vec::new();
    seed::export(&store, true, &mut exported, |_| ()).expect("memory can be read");
    Ok(exported)
}

/// The parts before and after the first `separator`. Returns `None` if there is none.
fn split_once<'a>(text: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text
        .windows(separator.len())
        .position(|window| window == separator)?;
    let (before, after) = text.split_at(at);
    Some((before, after.get(separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use allocation_counter::measure;

    use super::*;

    /// Every input of a target's corpus, with its name.
    fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
        let files = fs::read_dir(Path::new("fuzz/corpus").join(target.name)).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        paths
            .map(|path| (path.display().to_string(), fs::read(path).unwrap()))
            .collect()
    }

    #[test]
    fn what_fuzzing_found_is_taken_without_a_fault() {
        for target in &TARGETS {
            // What all inputs share is paid for once.
            target.run(b"");
            let inputs = corpus(target);
            assert!(inputs.len() > 10, "{} has no corpus", target.name);
            for (name, input) in inputs {
                println!("{name}");
                assert!(input.len() <= MAX_INPUT_BYTES, "{name} is not gone through");
                let allocated = measure(|| target.run(&input)).bytes_total;
                assert!(
                    allocated <= MAX_ALLOCATED_BYTES,
                    "{name}: {allocated} bytes"
                );
            }
        }
    }

    #[test]
    fn operations_are_called_in_the_name_of_those_who_may() {
        let lines = r#"InitiateAuth {"ClientId":"fuzzclient","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"mary","PASSWORD":"Fuzz-Password-2"}}
RespondToAuthChallenge {"ClientId":"fuzzclient","ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"{Session}","ChallengeResponses":{"USERNAME":"mary","NEW_PASSWORD":"Fuzz-Password-9"}}
DeleteUser {"AccessToken":"{AccessToken}"}
AdminGetUser {"UserPoolId":"us-east-1_Fuzz00001","Username":"mary"}"#;
        // The second time mary is there again, with the password that she had.
        for _ in 0..2 {
            assert_eq!(converse(lines.as_bytes(), |_| {}), [200, 200, 200, 400]);
        }
    }

    #[test]
    fn a_form_goes_back_as_the_page_has_it() {
        let query =
            "client_id=fuzzoauthclient&response_type=code&redirect_uri=https%3A%2F%2Fapp.test%2F";
        let typed = "username=diego&password=Fuzz-Password-1";
        for domain in ["fuzz", "fuzz.example.com"] {
            let status = |form: &str| {
                in_world(|world| {
                    let mut browser = Browser::at(world);
                    let page = browser.go(&format!("{domain}/login?{query}"));
                    assert_eq!(page.unwrap().status, 200);
                    browser
                        .go(&format!("{domain}/login?{query} {form}"))
                        .unwrap()
                        .status
                })
            };
            assert_eq!(status(&format!("_csrf={{csrf}}&{typed}")), 302);
            assert_eq!(status(typed), 403);
        }
    }

    #[test]
    fn a_sealed_session_is_answered() {
        let plain = br#"{"id":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"sub":"34c84488-e0e1-70ae-d2ee-991ad1a898c8","step":{"Code":{"code":"123456","factor":"Sms","new_destination":null}},"device":null,"expires_ms":1795357560500}"#;
        let answer = br#"RespondToAuthChallenge {"ClientId":"fuzzclient","ChallengeName":"SMS_MFA","Session":"{Session}","ChallengeResponses":{"USERNAME":"diego","SMS_MFA_CODE":"123456"}}"#;
        let status =
            |plain: &[u8]| converse(answer, |conversation| conversation.tell_session(plain));
        assert_eq!(status(plain), [200]);
        assert_eq!(status(b"{}"), [400]);
    }

    #[test]
    fn the_place_of_a_signature_is_filled() {
        let status = |authorization: &str| {
            let request = Request {
                method: b"GET",
                target: b"/_poolhouse/outbox?UserPoolId=us-east-1_Fuzz00001",
                headers: vec![
                    (b"host", b"localhost"),
                    (b"x-amz-date", b"20261122T142300Z"),
                    (b"authorization", authorization.as_bytes()),
                ],
                body: b"",
            };
            in_world(|world| world.answer(&request).unwrap().status)
        };
        let header = "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date, Signature=";
        assert_eq!(status(&format!("{header}{{signature}}")), 200);
        assert_eq!(status(&format!("{header}{}", "0".repeat(64))), 400);
    }
}
