//! Codes that are sent to users.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::ambient::Ambient;
use crate::api::Sensitive;

/// The digits of Cognito's codes.
const DIGITS: usize = 6;

/// A new code of six digits.
pub(crate) fn draw(chance: &Ambient) -> Sensitive<String> {
    chance.digits(DIGITS).into()
}

/// Whether `given` is the code that was sent, compared in constant time.
pub(crate) fn is_code(sent: &Sensitive<String>, given: &Sensitive<String>) -> bool {
    verify_slices_are_equal(sent.expose().as_bytes(), given.expose().as_bytes()).is_ok()
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
            assert!(is_code(code, code));
            for wrong in ["", &text[1..], &format!("{text}0"), &format!(" {text}")] {
                assert!(!is_code(code, &wrong.to_owned().into()), "{wrong}");
            }
        }
        assert!(codes.iter().any(|code| code.expose().starts_with('0')));
        assert!(!is_code(&codes[0], &codes[1]));
    }
}
