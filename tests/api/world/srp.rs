//! A client's half of SRP, written from the formulas of the public clients. It shares nothing with the server but the test vectors.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use num_bigint::BigUint;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::app_client::secret_hash;
use super::client::Client;
use super::devices::Device;

/// The prime of RFC 3526 section 4.
const N: &str = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD\
EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F\
83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B\
E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510\
15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7\
ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C\
BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";

fn prime() -> BigUint {
    number(N)
}

/// g.
fn base() -> BigUint {
    BigUint::from(2_u8)
}

/// Parses a number in hexadecimal digits; their count may be odd.
pub(crate) fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap()
}

fn hash(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// HMAC-SHA256 over the parts.
pub(super) fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// The bytes of a number, with a zero in front where the first bit is set.
pub(crate) fn pad(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes[0] >= 0x80 {
        bytes.insert(0, 0);
    }
    bytes
}

/// Who proves an identity with which password: a user of a pool, or a device.
#[derive(Clone, Copy)]
pub(crate) struct Secret<'a> {
    /// The part of the pool's id after the underscore, or the device's group key.
    scope: &'a str,
    /// `USER_ID_FOR_SRP`, or the device's key.
    name: &'a str,
    password: &'a str,
}

impl<'a> Secret<'a> {
    /// A user, whose exchange shows this `USER_ID_FOR_SRP`.
    pub(crate) fn of_user(pool: &'a str, user_id_for_srp: &'a str, password: &'a str) -> Self {
        Self {
            scope: pool.split_once('_').unwrap().1,
            name: user_id_for_srp,
            password,
        }
    }

    /// A device, with the password that it has drawn.
    pub(crate) fn of_device(device: &'a Device) -> Self {
        Self {
            scope: &device.group_key,
            name: &device.key,
            password: &device.password,
        }
    }

    /// x.
    fn exponent(&self, salt: &BigUint) -> BigUint {
        let who = [self.scope, self.name, ":", self.password].concat();
        BigUint::from_bytes_be(&hash(&[&pad(salt), &hash(&[who.as_bytes()])]))
    }

    /// v.
    pub(crate) fn verifier(&self, salt: &BigUint) -> BigUint {
        base().modpow(&self.exponent(salt), &prime())
    }
}

/// The client's side of one exchange.
pub(crate) struct Exchange {
    a: BigUint,
}

impl Exchange {
    /// A client whose private number is always the same.
    pub(crate) fn new() -> Self {
        Self::of("d7e98967056f4828cb388a7930d88594b59e4374a7927afdd93890273682c804773232abe9343f0e")
    }

    fn of(a: &str) -> Self {
        Self { a: number(a) }
    }

    /// A, as it is sent.
    pub(crate) fn srp_a(&self) -> String {
        self.public().to_str_radix(16)
    }

    fn public(&self) -> BigUint {
        base().modpow(&self.a, &prime())
    }

    /// K.
    fn key(&self, who: Secret<'_>, salt: &str, srp_b: &str) -> Vec<u8> {
        let (prime, server) = (prime(), number(srp_b));
        let k = BigUint::from_bytes_be(&hash(&[&pad(&prime), &[2]]));
        let u = BigUint::from_bytes_be(&hash(&[&pad(&self.public()), &pad(&server)]));
        let x = who.exponent(&number(salt));
        let of_verifier = k * base().modpow(&x, &prime) % &prime;
        let s = ((server + &prime) - of_verifier).modpow(&(&self.a + &u * x), &prime);
        let extracted = mac(&pad(&u), &[&pad(&s)]);
        let mut key = mac(&extracted, &[b"Caldera Derived Key", &[1]]);
        key.truncate(16);
        key
    }

    /// The signature over a challenge's secret block and the time, in base64.
    pub(crate) fn signature(&self, who: Secret<'_>, asked: &Value, timestamp: &str) -> String {
        let text = |name: &str| asked[name].as_str().unwrap();
        let key = self.key(who, text("SALT"), text("SRP_B"));
        let block = STANDARD.decode(text("SECRET_BLOCK")).unwrap();
        STANDARD.encode(mac(
            &key,
            &[
                who.scope.as_bytes(),
                who.name.as_bytes(),
                &block,
                timestamp.as_bytes(),
            ],
        ))
    }

    /// The responses that answer such a challenge.
    pub(crate) fn claim(&self, app: &Client, who: Secret<'_>, asked: &Value) -> Value {
        let now = timestamp(app);
        json!({
            "USERNAME": asked["USERNAME"],
            "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": self.signature(who, asked, &now),
            "TIMESTAMP": now,
        })
    }
}

/// The client's time, as public clients write it.
pub(crate) fn timestamp(app: &Client) -> String {
    app.now().format("%a %b %-d %H:%M:%S UTC %Y").to_string()
}

#[test]
fn the_client_agrees_with_the_worked_examples() {
    let examples: Value =
        serde_json::from_str(include_str!("../../data/srp-vectors.json")).unwrap();
    let text = |example: &Value, name: &str| example[name].as_str().unwrap().to_owned();
    let check = |example: &Value, who: Secret<'_>| {
        let exchange = Exchange::of(&text(example, "a_hex"));
        assert_eq!(exchange.srp_a(), text(example, "SRP_A"));
        let salt = text(example, "SALT");
        let verifier = who.verifier(&number(&salt));
        assert_eq!(verifier.to_str_radix(16), text(example, "verifier_hex"));
        let key = exchange.key(who, &salt, &text(example, "SRP_B"));
        assert_eq!(hex::encode(key), text(example, "K_hex"));
        assert_eq!(
            exchange.signature(who, example, &text(example, "TIMESTAMP")),
            text(example, "PASSWORD_CLAIM_SIGNATURE")
        );
    };
    let users = examples["user"].as_array().unwrap();
    let devices = examples["device"].as_array().unwrap();
    assert_eq!((users.len(), devices.len()), (8, 2));
    for example in users {
        let (pool, name) = (
            text(example, "user_pool_id"),
            text(example, "user_id_for_srp"),
        );
        let password = text(example, "password");
        check(example, Secret::of_user(&pool, &name, &password));
    }
    for example in devices {
        let device = Device {
            key: text(example, "device_key"),
            group_key: text(example, "device_group_key"),
            password: text(example, "device_password"),
        };
        check(example, Secret::of_device(&device));
    }
    for example in examples["secret_hash"].as_array().unwrap() {
        let [secret, name, client] =
            ["client_secret", "username", "client_id"].map(|name| text(example, name));
        let hash = secret_hash(&secret, &name, &client);
        assert_eq!(hash, text(example, "SECRET_HASH"));
    }
}
