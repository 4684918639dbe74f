//! Keys of the pools that a test begins with. Drawing two pairs of RSA keys takes a tenth of a second, and most tests are not about
//! it, so the worlds of a run share the pairs that it has drawn, as if a seed with keys had been exported.

use std::sync::{Mutex, PoisonError};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The most pools of a world that are given keys; a server draws those of the others when it needs them.
const MAX_POOLS: usize = 4;

/// What the first pools of each world are given, drawn by the first world that has so many pools.
static DRAWN: Mutex<Vec<Value>> = Mutex::new(Vec::new());

/// Gives keys to the pools of a world's seeds, each pool others. A pool that has keys, or is none, stays as it is.
pub(super) fn give_keys(seeds: &mut [Value]) {
    let pools = seeds.iter_mut().flat_map(pools_of);
    let without = pools.filter(|pool| pool["UserPool"].is_object() && pool.get("Keys").is_none());
    for (index, pool) in without.take(MAX_POOLS).enumerate() {
        pool["Keys"] = keys(index);
    }
}

/// The pools of a seed, which lists them or is one.
fn pools_of(seed: &mut Value) -> Vec<&mut Value> {
    if seed["UserPools"].is_array() {
        seed["UserPools"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .collect()
    } else {
        vec![seed]
    }
}

/// The keys with this number.
fn keys(index: usize) -> Value {
    let mut drawn = DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    while drawn.len() <= index {
        let seal = [u8::try_from(drawn.len()).unwrap(); 32];
        let keys =
            json!({"Seal": STANDARD.encode(seal), "IdTokenKey": pair(), "AccessTokenKey": pair()});
        drawn.push(keys);
    }
    drawn[index].clone()
}

/// A new key pair, as `seed export --with-keys` writes it.
fn pair() -> String {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    STANDARD.encode(pkcs8.as_ref())
}
