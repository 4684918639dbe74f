//! The secrets of a run, and the forms in which they are sought.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    CLIENT_SECRET, COLLECTOR_KEY, EMAIL, KEY_SECRET, MACHINE_SECRET, MAIL_PASSWORD, NEW, NICKNAME,
    PASSWORD, SEEDED, TEMPORARY, USER, WRONG,
};

/// Where a secret may appear.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shown {
    Nowhere,
    /// In an export: names, attributes, and secrets of clients and of authenticators.
    InExports,
    /// In an export and in the outbox: who received a code.
    InExportsAndOutbox,
    /// In the outbox: codes.
    InOutbox,
}

/// The secrets of a run: what each is, and where it may appear.
#[derive(Default)]
pub(super) struct Secrets(pub(super) BTreeMap<String, (&'static str, Shown)>);

impl Secrets {
    /// The secrets that are the same in every run.
    pub(super) fn fixed() -> Self {
        let mut secrets = Self::default();
        for (text, what) in [
            (KEY_SECRET, "the access key's secret"),
            (MAIL_PASSWORD, "the mail server's password"),
            (COLLECTOR_KEY, "the collector's key"),
            (PASSWORD, "a password"),
            (TEMPORARY, "a temporary password"),
            (NEW, "a new password"),
            (WRONG, "a wrong password"),
            (SEEDED, "a seed's password"),
        ] {
            secrets.keep(what, text, Shown::Nowhere);
        }
        for secret in [CLIENT_SECRET, MACHINE_SECRET] {
            secrets.keep("a client's secret", secret, Shown::InExports);
        }
        secrets.keep("a nickname", NICKNAME, Shown::InExports);
        secrets.keep("a username", USER, Shown::InExportsAndOutbox);
        secrets.keep("an address", EMAIL, Shown::InExportsAndOutbox);
        secrets
    }

    /// Keeps a secret.
    pub(super) fn keep(&mut self, what: &'static str, text: &str, shown: Shown) {
        self.0.insert(text.to_owned(), (what, shown));
    }

    /// Keeps the tokens, the session and the secret block of an answer.
    pub(super) fn keep_answer(&mut self, answer: &Value) {
        let result = &answer["AuthenticationResult"];
        for (what, value) in [
            ("an access token", &result["AccessToken"]),
            ("an ID token", &result["IdToken"]),
            ("a refresh token", &result["RefreshToken"]),
            ("a session", &answer["Session"]),
            (
                "a secret block",
                &answer["ChallengeParameters"]["SECRET_BLOCK"],
            ),
        ] {
            if let Some(text) = value.as_str() {
                self.keep(what, text, Shown::Nowhere);
                // The signature of a token is a secret as well.
                let part = text.rsplit('.').next().unwrap();
                self.keep(what, part, Shown::Nowhere);
            }
        }
    }

    /// The secrets that the text contains in any form, each with the first line that contains it.
    pub(super) fn in_text(&self, text: &str, allowed: &[Shown]) -> Vec<String> {
        let kept = self.0.iter();
        let forbidden = kept.filter(|(_, (_, shown))| !allowed.contains(shown));
        let found = forbidden.filter(|(secret, _)| is_in(secret, text));
        found
            .map(|(secret, (what, _))| {
                let line = text.lines().find(|line| is_in(secret, line));
                format!("{what}: {secret}\n  {}", line.unwrap_or_default())
            })
            .collect()
    }
}

/// The forms in which a secret could be written: as it is, in base64 at any offset, in hexadecimal digits, percent-encoded, and
/// with the escapes of JSON and of Rust.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![
        secret.to_owned(),
        hex::encode(secret),
        hex::encode_upper(secret),
        json!(secret).to_string().trim_matches('"').to_owned(),
        json!(secret)
            .to_string()
            .trim_matches('"')
            .replace('/', r"\/"),
        secret.escape_default().to_string(),
    ];
    for unreserved in ["-._~", ""] {
        let percent = secret.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ if unreserved.as_bytes().contains(&byte) => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        });
        let percent: String = percent.collect();
        forms.extend([percent.to_lowercase(), percent]);
    }
    for before in 0..3 {
        let bytes = [&vec![b' '; before], secret.as_bytes()].concat();
        for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&bytes);
            // The first and last letters depend on the neighbouring bytes.
            let first = [0, 2, 3][before];
            let last = bytes.len() / 3 * 4;
            forms.push(encoded[first..last].to_owned());
        }
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Whether the text contains the secret. A code of six digits counts only as a whole word.
fn is_in(secret: &str, text: &str) -> bool {
    if secret.len() == 6 {
        return text
            .split(|char: char| !char.is_ascii_alphanumeric())
            .any(|word| word == secret);
    }
    forms(secret).iter().any(|form| text.contains(form))
}

/// Asserts that the search finds each secret in each form: otherwise the test would show nothing.
pub(super) fn every_form_is_found(secrets: &Secrets) {
    for secret in secrets.0.keys() {
        if secret.len() == 6 {
            assert!(is_in(secret, &format!("code={secret},")));
            continue;
        }
        assert!(!is_in(secret, "status=200 outcome=ok"));
        for form in forms(secret) {
            assert!(
                is_in(secret, &format!("a line with {form} in it")),
                "{form}"
            );
        }
        for before in ["", "x", "xy", "user:"] {
            let encoded = STANDARD.encode(format!("{before}{secret} and more"));
            assert!(is_in(secret, &encoded), "{encoded}");
        }
    }
}
