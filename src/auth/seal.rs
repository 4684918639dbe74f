//! Sealing: authenticated encryption of values that clients hold for the server.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use zeroize::Zeroizing;

use crate::ambient::Ambient;
use crate::mac::hmac_sha256;

/// A key for sealing and deriving. Each use has a key of its own, an HMAC-SHA256 of the use under this one.
#[derive(Clone)]
pub(crate) struct SealKey(Zeroizing<[u8; 32]>);

/// The text could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SealError;

impl std::error::Error for SealError {}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sealing failed")
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey([sensitive])")
    }
}

/// The number of the use that seals.
const SEALING: u8 = 0;

/// The number of the use that derives.
const DERIVING: u8 = 1;

impl SealKey {
    /// A new key.
    pub(crate) fn draw(chance: &Ambient) -> Self {
        Self(Zeroizing::new(chance.bytes()))
    }

    /// Reads a stored key. Returns `None` unless it has 32 bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// The key as it is stored.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &*self.0
    }

    /// Seals a text as URL-safe base64 (RFC 4648 section 5) without padding. It opens only with the same context.
    pub(crate) fn seal(
        &self,
        context: &[u8],
        plain: &[u8],
        chance: &Ambient,
    ) -> Result<String, SealError> {
        let sealed = self.seal_bytes(context, plain, chance)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens a text that [`SealKey::seal`] sealed. Returns `None` if key or context were others, or the text was altered.
    pub(crate) fn open(&self, context: &[u8], sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.open_bytes(context, &URL_SAFE_NO_PAD.decode(sealed).ok()?)
    }

    /// Seals a text with AES-256-GCM (NIST SP 800-38D). The result is a random nonce of 96 bits, the cipher text, and a tag of
    /// 128 bits.
    pub(crate) fn seal_bytes(
        &self,
        context: &[u8],
        plain: &[u8],
        chance: &Ambient,
    ) -> Result<Vec<u8>, SealError> {
        let nonce: [u8; NONCE_LEN] = chance.bytes();
        let room = NONCE_LEN + plain.len() + AES_256_GCM.tag_len();
        let mut sealed = Vec::with_capacity(room);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let text = sealed.get_mut(NONCE_LEN..).ok_or(SealError)?;
        let tag = self
            .cipher()
            .ok_or(SealError)?
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context),
                text,
            )
            .map_err(|_| SealError)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens a text that [`SealKey::seal_bytes`] sealed. Returns `None` if key or context were others, or the text was altered.
    pub(crate) fn open_bytes(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self
            .cipher()?
            .open_in_place(nonce, Aad::from(context), &mut text)
            .ok()?
            .len();
        text.truncate(plain);
        Some(text)
    }

    /// Pseudorandom bytes that follow from the key, the label and the data, and do not reveal the key: HMAC-SHA256.
    pub(crate) fn derive(&self, label: &str, data: &[u8]) -> [u8; 32] {
        let length = u64::try_from(label.len()).unwrap_or(u64::MAX);
        hmac_sha256(self.as_bytes())
            .chain_update([DERIVING])
            // The length before the label keeps a label and its data distinct from every other pair.
            .chain_update(length.to_be_bytes())
            .chain_update(label)
            .chain_update(data)
            .finalize()
            .into_bytes()
            .into()
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        let own = hmac_sha256(self.as_bytes()).chain_update([SEALING]);
        let own = Zeroizing::new(<[u8; 32]>::from(own.finalize().into_bytes()));
        UnboundKey::new(&AES_256_GCM, &*own)
            .ok()
            .map(LessSafeKey::new)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::ambient::ManualClock;

    fn chance() -> Ambient {
        Ambient::set(ManualClock::at(DateTime::UNIX_EPOCH), 1)
    }

    #[test]
    fn what_was_sealed_opens_with_its_key_and_its_context() {
        let chance = chance();
        let key = SealKey::draw(&chance);
        for plain in [&b""[..], b"tulip", &[7; 800]] {
            let sealed = key.seal(b"session", plain, &chance).unwrap();
            assert_eq!(sealed.len(), ((12 + plain.len() + 16) * 8).div_ceil(6));
            assert_eq!(**key.open(b"session", &sealed).unwrap(), *plain);
            assert!(key.open(b"block", &sealed).is_none());
            assert!(key.open(b"", &sealed).is_none());
            assert!(SealKey::draw(&chance).open(b"session", &sealed).is_none());
            let kept = SealKey::from_bytes(key.as_bytes()).unwrap();
            assert_eq!(**kept.open(b"session", &sealed).unwrap(), *plain);
        }
    }

    #[test]
    fn what_was_altered_or_cut_stays_shut() {
        let key = SealKey::draw(&chance());
        let sealed = key.seal_bytes(b"", b"tulip", &chance()).unwrap();
        assert!(key.open_bytes(b"", &sealed).is_some());
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(key.open_bytes(b"", &altered).is_none());
            assert!(key.open_bytes(b"", &sealed[..at]).is_none());
            assert!(key.open_bytes(b"", &sealed[at + 1..]).is_none());
        }
        let text = key.seal(b"", b"tulip", &chance()).unwrap();
        for wrong in [
            "",
            "!",
            "AAAA",
            &text[1..],
            &format!("{text}="),
            &format!("{text}A"),
        ] {
            assert!(key.open(b"", wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn no_two_seals_are_alike() {
        let chance = chance();
        let key = SealKey::draw(&chance);
        let seal = || key.seal(b"", b"tulip", &chance).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn derived_bytes_follow_from_key_label_and_data() {
        let chance = chance();
        let key = SealKey::draw(&chance);
        let bytes = key.derive("salt", b"janedoe");
        assert_eq!(key.derive("salt", b"janedoe"), bytes);
        assert_ne!(key.derive("sub", b"janedoe"), bytes);
        assert_ne!(key.derive("salt", b"janedof"), bytes);
        assert_ne!(key.derive("saltj", b"anedoe"), bytes);
        assert_ne!(SealKey::draw(&chance).derive("salt", b"janedoe"), bytes);
    }

    #[test]
    fn a_key_has_its_length_and_is_never_printed() {
        assert!(SealKey::from_bytes(&[7; 31]).is_none());
        assert!(SealKey::from_bytes(&[7; 33]).is_none());
        let key = SealKey::from_bytes(&[7; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "SealKey([sensitive])");
    }
}
