//! Codes that are sent to users.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use sha2::{Digest, Sha256};

use crate::ambient::Ambient;
use crate::api::Sensitive;

/// The digits of Cognito's codes.
const DIGITS: usize = 6;

/// The bytes of salt before the hash of a code.
const SALT: usize = 16;

/// The bytes of a salt and a hash.
pub(crate) const HASH: usize = SALT + 32;

/// A new code of six digits.
pub(crate) fn draw(chance: &Ambient) -> Sensitive<String> {
    chance.digits(DIGITS).into()
}

/// Whether `given` is the code that was sent, compared in constant time.
pub(crate) fn is_code(sent: &Sensitive<String>, given: &Sensitive<String>) -> bool {
    verify_slices_are_equal(sent.expose().as_bytes(), given.expose().as_bytes()).is_ok()
}

/// What is kept of a code: a salt, and the SHA-256 of salt and code.
pub(crate) fn hash(code: &Sensitive<String>, chance: &Ambient) -> Vec<u8> {
    let salt: [u8; SALT] = chance.bytes();
    salted(&salt, code)
}

fn salted(salt: &[u8], code: &Sensitive<String>) -> Vec<u8> {
    let hash = Sha256::new()
        .chain_update(salt)
        .chain_update(code.expose())
        .finalize();
    [salt, hash.as_slice()].concat()
}

/// Whether `given` is the code that `kept` was made of, compared in constant time.
pub(crate) fn is_hash_of(kept: &[u8], given: &Sensitive<String>) -> bool {
    kept.split_at_checked(SALT)
        .is_some_and(|(salt, _)| verify_slices_are_equal(kept, &salted(salt, given)).is_ok())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::ambient::ManualClock;

    #[test]
    fn a_code_has_six_digits_and_is_taken_whole() {
        let chance = Ambient::set(ManualClock::at(DateTime::UNIX_EPOCH), 1);
        let codes: Vec<Sensitive<String>> = (0..100).map(|_| draw(&chance)).collect();
        for code in &codes {
            let text = code.expose();
            assert!(text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()));
            let kept = hash(code, &chance);
            assert_eq!(kept.len(), HASH);
            assert!(is_code(code, code) && is_hash_of(&kept, code));
            for wrong in ["", &text[1..], &format!("{text}0"), &format!(" {text}")] {
                let wrong = wrong.to_owned().into();
                assert!(!is_code(code, &wrong) && !is_hash_of(&kept, &wrong));
            }
            assert!(!is_hash_of(&kept[1..], code) && !is_hash_of(&[], code));
            assert_ne!(hash(code, &chance), kept, "each has a salt of its own");
        }
        assert!(codes.iter().any(|code| code.expose().starts_with('0')));
        assert!(!is_code(&codes[0], &codes[1]));
    }
}
