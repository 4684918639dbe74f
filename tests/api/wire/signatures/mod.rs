//! Signature Version 4: which requests are accepted, and how the others are refused.
//!
//! The requests come from two signers of AWS: botocore, in `botocore.json`, and the aws-sigv4 crate.
//! They are sent over a plain socket, so that what arrives is what was signed, byte for byte.

mod accepted;
mod authorization;
mod bytes;
mod dates;
mod headers;
mod order;
mod refusals;
mod signed;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use self::signed::Signed;

const MISSING: &str = "MissingAuthenticationTokenException";
const INCOMPLETE: &str = "IncompleteSignatureException";
const UNRECOGNIZED: &str = "UnrecognizedClientException";
const INVALID: &str = "InvalidSignatureException";
const NEEDS_DATE: &str =
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";

/// A request of `botocore.json`.
#[derive(Deserialize)]
struct Fixture {
    name: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: String,
    /// The code of the refusal that comes after the signature has been accepted, or `success`.
    answer: String,
}

impl Fixture {
    fn request(&self) -> Signed {
        let headers = self.headers.iter();
        Signed {
            path: self.path.clone(),
            headers: headers
                .map(|(name, value)| (name.clone(), value.clone().into()))
                .collect(),
            body: self.body.clone().into_bytes(),
        }
    }
}

fn fixtures() -> Vec<Fixture> {
    let mut file: Value = serde_json::from_str(include_str!("botocore.json")).unwrap();
    serde_json::from_value(file["requests"].take()).unwrap()
}

fn fixture(name: &str) -> Signed {
    let fixtures = fixtures();
    let found = fixtures.iter().find(|fixture| fixture.name == name);
    found.unwrap().request()
}
