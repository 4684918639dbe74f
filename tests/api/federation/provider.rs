//! An identity provider of OpenID Connect with a server of its own, which does what a test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::world::{NOW_MS, merge};

/// What this server is known by at the provider.
pub(super) const CLIENT_ID: &str = "poolhouse";
pub(super) const CLIENT_SECRET: &str = "the-secret-at-the-provider";

/// The second of the standing clock.
pub(super) const NOW_S: i64 = NOW_MS / 1000;

/// What the provider does.
pub(super) struct Behaviour {
    /// What is laid over the discovery document, the claims of the ID token, its header, the answer with the tokens, and userInfo. A
    /// member that is null is left out.
    pub(super) discovery: Value,
    pub(super) claims: Value,
    pub(super) header: Value,
    pub(super) tokens: Value,
    pub(super) user_info: Value,
    /// The name of the key that signs, and those that are published.
    pub(super) signs: &'static str,
    pub(super) published: Vec<&'static str>,
    /// The statuses of the token endpoint and of userInfo.
    pub(super) token_status: u16,
    pub(super) user_info_status: u16,
    /// The path that is never answered, and the one that is answered without end.
    pub(super) silent: &'static str,
    pub(super) endless: &'static str,
    /// The nonce of the last request for authorization.
    nonce: Option<String>,
}

/// A request that the provider got.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<String>,
    pub(super) body: String,
}

/// The provider. Its server ends with the test's process.
pub(super) struct Provider {
    pub(super) url: String,
    pub(super) behaviour: Arc<Mutex<Behaviour>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Provider {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let behaviour = Arc::new(Mutex::new(Behaviour {
            discovery: json!({}),
            claims: json!({}),
            header: json!({}),
            tokens: json!({}),
            user_info: json!({}),
            signs: "first",
            published: vec!["first"],
            token_status: 200,
            user_info_status: 200,
            silent: "",
            endless: "",
            nonce: None,
        }));
        let seen = Arc::default();
        let (own, does, notes) = (url.clone(), Arc::clone(&behaviour), Arc::clone(&seen));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (own, does, notes) = (own.clone(), Arc::clone(&does), Arc::clone(&notes));
                std::thread::spawn(move || serve(&own, &does, &notes, stream.unwrap()));
            }
        });
        Self {
            url,
            behaviour,
            seen,
        }
    }

    /// Changes what it does.
    pub(super) fn does(&self, change: impl FnOnce(&mut Behaviour)) -> &Self {
        change(&mut self.behaviour.lock().unwrap());
        self
    }

    /// The requests for a path.
    pub(super) fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        let seen = seen.iter().filter(|request| request.path == path);
        seen.cloned().collect()
    }

    /// Lets somebody sign in who was sent to this address. Returns the parameters of the answer.
    pub(super) fn answers(&self, location: &str) -> Vec<(&'static str, String)> {
        assert!(
            location.starts_with(&format!("{}/authorize?", self.url)),
            "{location}"
        );
        let found = |name| super::parameter(location, name);
        self.does(|does| does.nonce = found("nonce"));
        vec![
            ("code", "code-1".to_owned()),
            ("state", found("state").unwrap()),
        ]
    }
}

fn serve(url: &str, behaviour: &Mutex<Behaviour>, seen: &Mutex<Vec<Seen>>, stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let Some((method, rest)) = lines.first().and_then(|line| line.split_once(' ')) else {
        return;
    };
    let target = rest.split(' ').next().unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let length = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    let body = if body.is_empty() {
        query.to_owned()
    } else {
        String::from_utf8(body).unwrap()
    };
    seen.lock().unwrap().push(Seen {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: lines[1..].to_vec(),
        body,
    });
    let (status, answer) = {
        let does = behaviour.lock().unwrap();
        if does.silent == path {
            drop(does);
            std::thread::sleep(Duration::from_secs(20));
            return;
        }
        if does.endless == path {
            (200, " ".repeat(300 * 1024))
        } else {
            answer(url, &does, path)
        }
    };
    let mut stream = stream;
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Answer\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    );
}

fn answer(url: &str, does: &Behaviour, path: &str) -> (u16, String) {
    let laid = |below: Value, over: &Value| {
        let mut all = below;
        merge(&mut all, over.clone());
        if let Some(members) = all.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        all.to_string()
    };
    match path {
        "/.well-known/openid-configuration" => {
            let document = json!({
                "issuer": url, "authorization_endpoint": format!("{url}/authorize"),
                "token_endpoint": format!("{url}/token"), "userinfo_endpoint": format!("{url}/userinfo"),
                "jwks_uri": format!("{url}/jwks"), "code_challenge_methods_supported": ["S256"],
            });
            (200, laid(document, &does.discovery))
        }
        "/jwks" => {
            let keys: Vec<Value> = does.published.iter().map(|name| jwk(name)).collect();
            (200, json!({"keys": keys}).to_string())
        }
        "/token" => {
            let claims = json!({
                "iss": url, "aud": CLIENT_ID, "sub": "7", "nonce": does.nonce, "iat": NOW_S, "exp": NOW_S + 300,
                "email": "ana@example.com", "email_verified": true,
            });
            let header = laid(json!({"alg": "RS256", "kid": does.signs}), &does.header);
            let token = signed(does.signs, &header, &laid(claims, &does.claims));
            let tokens =
                json!({"access_token": "access-1", "id_token": token, "token_type": "Bearer"});
            (does.token_status, laid(tokens, &does.tokens))
        }
        "/userinfo" => {
            let told = json!({"sub": "7", "nickname": "annie"});
            (does.user_info_status, laid(told, &does.user_info))
        }
        _ => (404, "{}".to_owned()),
    }
}

/// The key of this name, drawn once for all tests.
fn key(name: &str) -> &'static KeyPair {
    static KEYS: [OnceLock<KeyPair>; 2] = [const { OnceLock::new() }; 2];
    let index = usize::from(name != "first");
    KEYS[index].get_or_init(|| KeyPair::generate(KeySize::Rsa2048).unwrap())
}

fn jwk(name: &str) -> Value {
    let public = key(name).public_key();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({"kty": "RSA", "kid": name, "use": "sig",
        "n": part(public.modulus().big_endian_without_leading_zero()),
        "e": part(public.exponent().big_endian_without_leading_zero())})
}

fn signed(name: &str, header: &str, claims: &str) -> String {
    let signed = [header, claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".");
    let key = key(name);
    let mut signature = vec![0; key.public_modulus_len()];
    let random = SystemRandom::new();
    key.sign(
        &RSA_PKCS1_SHA256,
        &random,
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
