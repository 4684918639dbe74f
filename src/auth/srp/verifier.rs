//! The stored form of a password: a salt and v = g^x.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto_bigint::CtEq;
use hmac::Mac;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::ambient::Ambient;
use crate::api::Sensitive;
use crate::auth::srp::SrpError;
use crate::auth::srp::group::{self, Number, WIDTH};
use crate::ids::{DeviceKey, UserPoolId};
use crate::mac::hmac_sha256;

/// The owner of a password: two strings that are hashed with it.
#[derive(Clone, Copy)]
pub(crate) struct Identity<'a> {
    pub(super) scope: &'a str,
    pub(super) name: &'a str,
}

impl<'a> Identity<'a> {
    /// A user, by the part of the pool's id after the underscore and by `USER_ID_FOR_SRP`.
    pub(crate) fn user(pool: &'a UserPoolId, user_id_for_srp: &'a str) -> Self {
        Self {
            scope: pool.name(),
            name: user_id_for_srp,
        }
    }

    /// A device, by the group key and the device key that were issued to it.
    pub(crate) fn device(group_key: &'a str, device_key: &'a DeviceKey) -> Self {
        Self {
            scope: group_key,
            name: device_key.as_str(),
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

/// The longest salt that a device may choose, in bytes. Clients choose 16.
const MAX_SALT_BYTES: usize = 64;

/// The salt and v = g^x of a secret. Whoever has v can test passwords with it, so it is never printed.
#[derive(Debug, Clone)]
pub(crate) struct Verifier {
    salt: Vec<u8>,
    value: Sensitive<Zeroizing<Number>>,
}

impl Verifier {
    /// A verifier of a password, with a new salt.
    pub(crate) fn of_password(who: Identity<'_>, password: &str, chance: &Ambient) -> Self {
        Self::of_secret(who, password, chance.bytes())
    }

    /// A verifier of a user's or a device's password, with the salt that follows from `entropy`.
    pub(crate) fn of_secret(who: Identity<'_>, secret: &str, entropy: [u8; 32]) -> Self {
        Self::of(who, secret, salt(entropy))
    }

    fn of(who: Identity<'_>, secret: &str, salt: Vec<u8>) -> Self {
        let value = group::power_of_g(&who.exponent(&salt, secret));
        Self {
            salt,
            value: Zeroizing::new(value).into(),
        }
    }

    /// Reads a stored verifier.
    pub(crate) fn from_stored(salt: &[u8], value: &[u8]) -> Result<Self, SrpError> {
        let salt = group::minimal(salt);
        if salt.is_empty() {
            return Err(SrpError::OutOfRange);
        }
        Ok(Self {
            salt: salt.to_vec(),
            value: Zeroizing::new(group::number(value)?).into(),
        })
    }

    /// Reads the `DeviceSecretVerifierConfig` of `ConfirmDevice`: both numbers in base64, in the form of Java's
    /// `BigInteger.toByteArray`, in which a set first bit marks a negative number.
    pub(crate) fn of_device(salt_base64: &str, verifier_base64: &str) -> Result<Self, SrpError> {
        let salt = unsigned(salt_base64)?;
        if group::minimal(&salt).len() > MAX_SALT_BYTES {
            return Err(SrpError::OutOfRange);
        }
        Self::from_stored(&salt, &unsigned(verifier_base64)?)
    }

    /// Salt and verifier in the form that [`Verifier::of_device`] takes.
    pub(crate) fn to_device(&self) -> (String, Sensitive<String>) {
        let value = self.value();
        (
            signed(&self.salt),
            Sensitive::from(signed(group::minimal(value.expose().as_slice()))),
        )
    }

    /// A verifier without a secret, for a user who does not exist. It is always the same for the same seed, and looks and costs
    /// like a stored one (AWS guide "Managing user existence error responses").
    pub(crate) fn decoy(seed: &[u8; 32]) -> Self {
        let keyed = hmac_sha256(seed);
        let part = |number: u8| {
            let mac = keyed.clone().chain_update([number]);
            <[u8; 32]>::from(mac.finalize().into_bytes())
        };
        let mut value = Zeroizing::new([0; WIDTH]);
        for (chunk, number) in value.chunks_exact_mut(32).zip(1..) {
            chunk.copy_from_slice(&part(number));
        }
        if let Some(first) = value.first_mut() {
            // N starts with 64 set bits, so a number without the first bit is below N.
            *first &= 0x7f;
        }
        Self {
            salt: salt(part(0)),
            value: Zeroizing::new(Number::from_be_slice(&*value)).into(),
        }
    }

    /// The salt as challenges write it, in `SALT`.
    pub(crate) fn salt_hex(&self) -> String {
        hex::encode(&self.salt)
    }

    /// The salt as it is stored.
    pub(crate) fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// v as it is stored: 384 bytes.
    pub(crate) fn value(&self) -> Sensitive<Zeroizing<[u8; WIDTH]>> {
        Zeroizing::new(group::bytes(self.number())).into()
    }

    /// Whether this is the verifier of the secret, compared in constant time.
    pub(crate) fn accepts(&self, who: Identity<'_>, secret: &str) -> bool {
        let other = Self::of(who, secret, self.salt.clone());
        self.number().ct_eq(other.number()).to_bool()
    }

    /// v.
    pub(super) fn number(&self) -> &Number {
        self.value.expose()
    }
}

/// A number in base64, in the form of Java's `BigInteger.toByteArray`: if the first bit is set, a zero byte comes before it, so
/// that it does not mark a negative number.
fn signed(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len() + 1);
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        text.push(0);
    }
    text.extend_from_slice(bytes);
    STANDARD.encode(text)
}

/// The bytes of a non-negative number in base64.
fn unsigned(base64: &str) -> Result<Zeroizing<Vec<u8>>, SrpError> {
    let bytes = STANDARD.decode(base64).map_err(|_| SrpError::Malformed)?;
    if bytes.first().is_some_and(|first| *first >= 0x80) {
        return Err(SrpError::OutOfRange);
    }
    Ok(Zeroizing::new(bytes))
}

/// A salt of 16 bytes, of which the first is 0x01 to 0x7f: some clients read it as a number and drop a leading zero, others keep
/// it, and some take a set first bit for a sign.
fn salt(entropy: [u8; 32]) -> Vec<u8> {
    let (head, tail) = entropy.split_at(17);
    let choice = head.iter().fold(0, |rest: u8, byte| {
        // The remainder of all 17 bytes, by long division, makes every first byte equally likely.
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
    fn a_devices_verifier_is_read_as_clients_send_it() {
        let file: Value =
            serde_json::from_str(include_str!("../../../tests/data/srp-vectors.json")).unwrap();
        let devices = file["device"].as_array().unwrap();
        assert_eq!(devices.len(), 2);
        for vector in devices {
            let sent = |name: &str| vector["ConfirmDevice"][name].as_str().unwrap();
            let verifier = Verifier::of_device(sent("Salt"), sent("PasswordVerifier")).unwrap();
            assert_eq!(verifier.salt_hex(), text(vector, "SALT"));
            let value = hex::encode(**verifier.value().expose());
            assert_eq!(value, format!("{:0>768}", text(vector, "verifier_hex")));
            let key = DeviceKey::from(text(vector, "device_key").to_owned());
            let who = Identity::device(text(vector, "device_group_key"), &key);
            assert!(verifier.accepts(who, text(vector, "device_password")));
            assert!(!verifier.accepts(who, "another secret"));
            let other = Identity::device("-Other", &key);
            assert!(!verifier.accepts(other, text(vector, "device_password")));
        }
    }

    #[test]
    fn a_devices_verifier_that_breaks_the_protocol_is_refused() {
        let of = |salt: &[u8], value: &[u8]| {
            let [salt, value] = [salt, value].map(|bytes| STANDARD.encode(bytes));
            Verifier::of_device(&salt, &value).map(|_| ())
        };
        assert_eq!(of(&[1], &[42]), Ok(()));
        assert_eq!(of(&[0, 0x9f], &[0, 0xff]), Ok(()));
        assert_eq!(of(&[&[0][..], &[0xff; 64]].concat(), &[42]), Ok(()));
        let too_large = [&[0][..], &[0xff; WIDTH]].concat();
        let too_long = [1; WIDTH + 1];
        for (salt, value) in [
            (&[][..], &[42][..]),
            (&[0, 0], &[42]),
            (&[0x80], &[42]),
            (&[1; 65], &[42]),
            (&[1], &[]),
            (&[1], &[0]),
            (&[1], &[0x80]),
            (&[1], &too_large),
            (&[1], &too_long),
        ] {
            assert_eq!(of(salt, value), Err(SrpError::OutOfRange), "{salt:?}");
        }
        for text in ["!", "AQ", "AQ=", "A-_=", "AQ==\n"] {
            let salt = Verifier::of_device(text, "Kg==").map(|_| ());
            assert_eq!(salt, Err(SrpError::Malformed), "{text}");
            let value = Verifier::of_device("AQ==", text).map(|_| ());
            assert_eq!(value, Err(SrpError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_decoy_looks_like_a_stored_one_and_stays_the_same() {
        for seed in 0..32 {
            let verifier = Verifier::decoy(&[seed; 32]);
            let value = verifier.value().into_inner();
            assert_eq!(verifier.salt().len(), 16);
            assert!((0x01..=0x7f).contains(&verifier.salt()[0]));
            assert_eq!(group::minimal(verifier.salt()), verifier.salt());
            assert!(Verifier::from_stored(verifier.salt(), &*value).is_ok());
            let again = Verifier::decoy(&[seed; 32]);
            assert_eq!(
                (again.salt(), again.value().into_inner()),
                (verifier.salt(), value.clone())
            );
            let other = Verifier::decoy(&[seed + 1; 32]);
            assert_ne!(other.salt(), verifier.salt());
            assert_ne!(other.value().into_inner(), value);
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
