//! The exchange on worked examples, and on everything that differs from them by a little.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use crypto_bigint::{U512, U1024, U2048, U3072};
use serde_json::Value;

use super::*;
use crate::ambient::ManualClock;

/// A worked example of the protocol, checked against two public clients.
struct Example {
    values: Value,
    scope: String,
    name: String,
    secret: String,
}

impl Example {
    fn all() -> Vec<Self> {
        let file: Value =
            serde_json::from_str(include_str!("../../../../tests/data/srp-vectors.json")).unwrap();
        let of = |kind: &str, scope: &str, name: &str, secret: &str| -> Vec<Self> {
            let vectors = file[kind].as_array().unwrap().iter();
            vectors
                .map(|vector| Self {
                    values: vector.clone(),
                    scope: vector[scope].as_str().unwrap().to_owned(),
                    name: vector[name].as_str().unwrap().to_owned(),
                    secret: vector[secret].as_str().unwrap().to_owned(),
                })
                .collect()
        };
        let mut all = of("user", "pool_name_part", "user_id_for_srp", "password");
        all.extend(of(
            "device",
            "device_group_key",
            "device_key",
            "device_password",
        ));
        assert_eq!(all.len(), 10);
        all
    }

    fn text(&self, name: &str) -> &str {
        self.values[name].as_str().unwrap()
    }

    fn number(&self, name: &str) -> Number {
        number_in_hex(self.text(name)).unwrap()
    }

    fn who(&self) -> Identity<'_> {
        Identity {
            scope: &self.scope,
            name: &self.name,
        }
    }

    fn salt(&self) -> Vec<u8> {
        hex::decode(self.text("SALT")).unwrap()
    }

    fn verifier(&self) -> Verifier {
        let value = hex::decode(format!("{:0>768}", self.text("verifier_hex"))).unwrap();
        Verifier::from_stored(&self.salt(), &value).unwrap()
    }

    fn block(&self) -> Vec<u8> {
        STANDARD.decode(self.text("SECRET_BLOCK")).unwrap()
    }

    fn signature(&self) -> Vec<u8> {
        STANDARD
            .decode(self.text("PASSWORD_CLAIM_SIGNATURE"))
            .unwrap()
    }

    /// What the client of the example answers another server's B: S = (B − k·g^x)^(a + u·x).
    fn answers(&self, server: &Number) -> Vec<u8> {
        let client = self.number("SRP_A");
        let u = scrambler(&client, server);
        let x = U256::from_be_hex(&format!("{:0>64}", self.text("x_hex")));
        let a: U1024 = self.number("a_hex").resize();
        let product: U512 = U256::from_be_slice(&u).concatenating_mul(&x);
        let exponent = a
            .resize::<{ U2048::LIMBS }>()
            .wrapping_add(&product.resize());
        let minus_one = modulus().wrapping_sub(&U3072::ONE);
        let minus_v = group::product(&minus_one, self.verifier().number());
        // k·(−v) + B
        let base = group::public_number(&minus_v, server);
        let key = SessionKey::of(&u, &group::power(&base, &exponent));
        let mac = key.signature(self.who(), &self.block(), self.text("TIMESTAMP"));
        mac.finalize().into_bytes().to_vec()
    }
}

/// A claim with something changed in it.
struct Altered {
    secret_block: Vec<u8>,
    timestamp: String,
    signature: Vec<u8>,
}

impl Altered {
    fn claim(&self) -> Claim<'_> {
        Claim {
            secret_block: &self.secret_block,
            timestamp: &self.timestamp,
            signature: &self.signature,
        }
    }
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

/// The claim with each part of it changed, and the whole of it under other names.
fn altered<'a>(who: Identity<'a>, claim: &Claim<'_>) -> Vec<(Identity<'a>, Altered)> {
    let (block, signature) = (claim.secret_block, claim.signature);
    let with = |secret_block: &[u8], timestamp: &str, signature: &[u8]| Altered {
        secret_block: secret_block.to_vec(),
        timestamp: timestamp.to_owned(),
        signature: signature.to_vec(),
    };
    let mut all = Vec::new();
    for signature in [
        &flipped(signature, 0)[..],
        &flipped(signature, 31),
        &signature[..31],
        &signature[1..],
        &[signature, &[0]].concat(),
        &[],
    ] {
        all.push((who, with(block, claim.timestamp, signature)));
    }
    for block in [
        &flipped(block, 0)[..],
        &flipped(block, block.len() - 1),
        &block[1..],
        &block[..block.len() - 1],
        &[],
    ] {
        all.push((who, with(block, claim.timestamp, signature)));
    }
    for timestamp in ["Tue May 7 00:09:41 UTC 2024", ""] {
        all.push((who, with(block, timestamp, signature)));
    }
    for other in [
        Identity {
            name: "other",
            ..who
        },
        Identity {
            scope: "Other",
            ..who
        },
        Identity { name: "", ..who },
        Identity {
            scope: who.name,
            name: who.scope,
        },
    ] {
        all.push((other, with(block, claim.timestamp, signature)));
    }
    all
}

fn modulus() -> Number {
    let file: Value =
        serde_json::from_str(include_str!("../../../../tests/data/srp-vectors.json")).unwrap();
    U3072::from_be_hex(file["N_hex"].as_str().unwrap())
}

fn chance() -> Ambient {
    Ambient::set(ManualClock::at(DateTime::UNIX_EPOCH), 1)
}

#[test]
fn every_worked_example_gives_its_numbers_and_its_signature() {
    for example in Example::all() {
        let name = example.text("name");
        let verifier = example.verifier();
        // The examples' b is longer than this server's: its power is taken the plain way.
        let b: U1024 = example.number("b_hex").resize();
        let power = group::power(&group::number(&[2]).unwrap(), &b);
        let client = example.number("SRP_A");
        let server = group::public_number(verifier.number(), &power);
        assert_eq!(server, example.number("SRP_B"), "{name}");
        let u = scrambler(&client, &server);
        let u_hex = hex::encode(u);
        assert_eq!(u_hex, format!("{:0>64}", example.text("u_hex")), "{name}");
        let base = base_of_common_secret(&client, verifier.number(), &u);
        let common = group::power(&base, &b);
        assert_eq!(common, example.number("S_hex"), "{name}");
        let key = SessionKey::of(&u, &common);
        assert_eq!(hex::encode(key.bytes()), example.text("K_hex"), "{name}");
        let (block, signature) = (example.block(), example.signature());
        let claim = Claim {
            secret_block: &block,
            timestamp: example.text("TIMESTAMP"),
            signature: &signature,
        };
        assert!(key.made(example.who(), &claim), "{name}");
        assert_eq!(example.answers(&server), signature, "{name}");
        for (who, claim) in altered(example.who(), &claim) {
            assert!(!key.made(who, &claim.claim()), "{name}");
        }
    }
}

#[test]
fn the_common_power_of_g_is_the_plain_one() {
    let exponent: [u8; 32] = chance().bytes();
    let plain = group::power(
        &group::number(&[2]).unwrap(),
        &U256::from_be_slice(&exponent),
    );
    assert_eq!(group::power_of_g(&exponent), plain);
}

#[test]
fn an_exchange_accepts_the_one_who_knows_the_secret() {
    for example in Example::all() {
        let verifier = example.verifier();
        assert_eq!(verifier.salt_hex(), example.text("SALT"));
        let exchange = Exchange::begin(&verifier, example.text("SRP_A"), &chance()).unwrap();
        assert_eq!(number_in_hex(&exchange.srp_b()).unwrap(), exchange.server);
        let kept = Exchange::from_bytes(&exchange.to_bytes()).unwrap();
        let (block, signature) = (example.block(), example.answers(&exchange.server));
        let claim = Claim {
            secret_block: &block,
            timestamp: example.text("TIMESTAMP"),
            signature: &signature,
        };
        assert!(kept.accepts(&verifier, example.who(), &claim));
    }
}

#[test]
fn an_exchange_refuses_everything_else() {
    let examples = Example::all();
    let chance = chance();
    for (example, another) in [(&examples[0], &examples[1]), (&examples[8], &examples[9])] {
        let verifier = example.verifier();
        let exchange = Exchange::begin(&verifier, example.text("SRP_A"), &chance).unwrap();
        let (block, signature) = (example.block(), example.answers(&exchange.server));
        let claim = Claim {
            secret_block: &block,
            timestamp: example.text("TIMESTAMP"),
            signature: &signature,
        };
        let who = example.who();
        assert!(exchange.accepts(&verifier, who, &claim));
        for (who, claim) in altered(who, &claim) {
            assert!(!exchange.accepts(&verifier, who, &claim.claim()));
        }
        for other in [
            Verifier::of_password(who, &example.secret, &chance),
            Verifier::decoy(&[7; 32]),
            another.verifier(),
        ] {
            assert!(!exchange.accepts(&other, who, &claim));
        }
        let again = Exchange::begin(&verifier, example.text("SRP_A"), &chance).unwrap();
        assert_ne!(again.srp_b(), exchange.srp_b());
        assert!(!again.accepts(&verifier, who, &claim));
        for at in [WIDTH - 1, 2 * WIDTH - 1, 2 * WIDTH + 31] {
            let altered = Exchange::from_bytes(&flipped(&exchange.to_bytes(), at)).unwrap();
            assert!(!altered.accepts(&verifier, who, &claim));
        }
    }
}

#[test]
fn a_number_that_breaks_the_protocol_is_refused() {
    let verifier = Verifier::decoy(&[0; 32]);
    let begin = |srp_a: &str| Exchange::begin(&verifier, srp_a, &chance()).map(|_| ());
    let n = hex::encode(group::bytes(&modulus()));
    let below = hex::encode(group::bytes(&modulus().wrapping_sub(&U3072::ONE)));
    assert_eq!(begin(&below), Ok(()));
    assert_eq!(begin(&below.to_uppercase()), Ok(()));
    assert_eq!(begin(&format!("00{below}")), Ok(()));
    assert_eq!(begin("abc"), Ok(()));
    for out_of_range in ["", "0", "00", &n, &"f".repeat(768), &"0".repeat(771)] {
        assert_eq!(begin(out_of_range), Err(SrpError::OutOfRange));
    }
    for malformed in ["xy", "-1", "+1", "0x1", " 1", "1 ", "é"] {
        assert_eq!(begin(malformed), Err(SrpError::Malformed));
    }
}

#[test]
fn only_what_was_written_is_read() {
    let verifier = Verifier::decoy(&[0; 32]);
    let bytes = Exchange::begin(&verifier, "2", &chance())
        .unwrap()
        .to_bytes();
    assert_eq!(bytes.len(), 2 * WIDTH + SECRET_WIDTH);
    assert!(Exchange::from_bytes(&bytes[1..]).is_none());
    assert!(Exchange::from_bytes(&[&bytes[..], &[0]].concat()).is_none());
    assert!(Exchange::from_bytes(&[]).is_none());
    assert!(Exchange::from_bytes(&[0; 2 * WIDTH + SECRET_WIDTH]).is_none());
    assert!(Exchange::from_bytes(&[0xff; 2 * WIDTH + SECRET_WIDTH]).is_none());
}
