//! What a pool keeps instead of a password: a salt and v = g^x.

use crypto_bigint::CtEq;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::ambient::Ambient;
use crate::api::Sensitive;
use crate::auth::srp::OutOfRange;
use crate::auth::srp::group::{self, Number, WIDTH};
use crate::ids::UserPoolId;

/// Whose password it is: two strings that are hashed with it.
#[derive(Clone, Copy)]
pub(crate) struct Identity<'a> {
    scope: &'a str,
    name: &'a str,
}

impl<'a> Identity<'a> {
    /// A user: the part of the pool's id after the underscore, and `USER_ID_FOR_SRP`.
    pub(crate) fn user(pool: &'a UserPoolId, user_id_for_srp: &'a str) -> Self {
        Self {
            scope: pool.name(),
            name: user_id_for_srp,
        }
    }

    /// x = H(pad(salt) ‖ H(who ‖ ":" ‖ secret)).
    fn exponent(self, salt: &[u8], secret: &str) -> Zeroizing<[u8; 32]> {
        let inner = Sha256::new()
            .chain_update(self.scope)
            .chain_update(self.name)
            .chain_update(":")
            .chain_update(secret)
            .finalize();
        Zeroizing::new(group::hash(&group::pad(salt), &inner))
    }
}

/// The salt and v = g^x of a secret. Who has v can try passwords on it, so it is never printed.
#[derive(Debug, Clone)]
pub(crate) struct Verifier {
    salt: Vec<u8>,
    value: Sensitive<Zeroizing<Number>>,
}

impl Verifier {
    /// A verifier of a password, with a salt of its own.
    pub(crate) fn of_password(who: Identity<'_>, password: &str, chance: &Ambient) -> Self {
        Self::of(who, password, salt(chance.bytes()))
    }

    fn of(who: Identity<'_>, secret: &str, salt: Vec<u8>) -> Self {
        let value = group::power_of_g(&who.exponent(&salt, secret));
        Self {
            salt,
            value: Zeroizing::new(value).into(),
        }
    }

    /// The verifier as it was kept.
    pub(crate) fn from_stored(salt: &[u8], value: &[u8]) -> Result<Self, OutOfRange> {
        let salt = group::minimal(salt);
        if salt.is_empty() {
            return Err(OutOfRange);
        }
        Ok(Self {
            salt: salt.to_vec(),
            value: Zeroizing::new(group::number(value)?).into(),
        })
    }

    /// The salt as it is to be kept.
    pub(crate) fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// v as it is to be kept: 384 bytes.
    pub(crate) fn value(&self) -> Sensitive<Zeroizing<[u8; WIDTH]>> {
        let bytes: [u8; WIDTH] = self.number().to_be_bytes().into();
        Zeroizing::new(bytes).into()
    }

    /// Whether this is the verifier of the secret, compared in constant time.
    pub(crate) fn accepts(&self, who: Identity<'_>, secret: &str) -> bool {
        let other = Self::of(who, secret, self.salt.clone());
        self.number().ct_eq(other.number()).to_bool()
    }

    fn number(&self) -> &Number {
        self.value.expose()
    }
}

/// A salt of 16 bytes, the first of them 0x01 to 0x7f: some clients read it as a number and drop a zero in front, others keep
/// it, and some take a set first bit for a sign.
fn salt(entropy: [u8; 32]) -> Vec<u8> {
    let (head, tail) = entropy.split_at(17);
    let choice = head.iter().fold(0, |rest: u8, byte| {
        // Long division: of all 17 bytes the remainder, so that every first byte is as likely as any other.
        let dividend = u16::from(rest) << 8 | u16::from(*byte);
        u8::try_from(dividend % 127).unwrap_or_default()
    });
    [&[choice + 1], tail].concat()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::Value;

    use super::*;
    use crate::ambient::ManualClock;

    /// Worked examples of the protocol, checked against two public clients.
    fn vectors() -> Vec<Value> {
        let file: Value =
            serde_json::from_str(include_str!("../../../tests/data/srp-vectors.json")).unwrap();
        file["user"].as_array().unwrap().clone()
    }

    fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
        vector[name].as_str().unwrap()
    }

    #[test]
    fn every_worked_example_gives_its_verifier() {
        assert_eq!(vectors().len(), 8);
        for vector in vectors() {
            let pool = UserPoolId::from(text(&vector, "user_pool_id").to_owned());
            let who = Identity::user(&pool, text(&vector, "user_id_for_srp"));
            let salt = hex::decode(text(&vector, "SALT")).unwrap();
            let made = Verifier::of(who, text(&vector, "password"), salt.clone());
            let hex_value = hex::encode(group::minimal(&**made.value().expose()));
            assert_eq!(
                hex_value,
                text(&vector, "verifier_hex").trim_start_matches("00"),
                "{}",
                vector["name"]
            );
            let stored = Verifier::from_stored(&salt, &**made.value().expose()).unwrap();
            assert!(stored.accepts(who, text(&vector, "password")));
            assert!(!stored.accepts(who, "Correct-Horse-8"));
            assert!(!stored.accepts(Identity::user(&pool, "somebody"), text(&vector, "password")));
            let other = UserPoolId::from("us-east-1_Elsewhere".to_owned());
            let elsewhere = Identity::user(&other, text(&vector, "user_id_for_srp"));
            assert!(!stored.accepts(elsewhere, text(&vector, "password")));
        }
    }

    #[test]
    fn each_verifier_has_a_salt_of_its_own_that_every_client_reads_alike() {
        let chance = Ambient::set(ManualClock::at(DateTime::UNIX_EPOCH), 1);
        let pool = UserPoolId::from("us-east-1_TestPool1".to_owned());
        let salts: Vec<Vec<u8>> = (0..4)
            .map(|_| {
                Verifier::of_password(Identity::user(&pool, "a"), "x", &chance)
                    .salt()
                    .to_vec()
            })
            .collect();
        for salt in &salts {
            assert_eq!(salt.len(), 16);
            assert!((0x01..=0x7f).contains(&salt[0]), "{salt:?}");
            assert_eq!(salts.iter().filter(|other| *other == salt).count(), 1);
        }
    }

    #[test]
    fn a_stored_number_outside_the_group_is_refused_and_none_is_printed() {
        assert!(Verifier::from_stored(&[1], &[0; WIDTH]).is_err());
        assert!(Verifier::from_stored(&[1], &[0xff; WIDTH]).is_err());
        assert!(Verifier::from_stored(&[0], &[1]).is_err());
        let printed = format!("{:?}", Verifier::from_stored(&[1], &[42]).unwrap());
        assert!(printed.contains("[sensitive]"), "{printed}");
    }
}
