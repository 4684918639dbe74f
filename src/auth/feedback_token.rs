//! Tokens that let a user say whether an event was the user's own. A message about the event carries the token, so whoever has
//! read the message may answer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::api::Sensitive;
use crate::auth::is_secret;
use crate::auth::seal::SealKey;

/// The token of the event of the user with this sub, in the pool of the key. It follows from these, so nothing is kept of it.
pub(crate) fn of(key: &SealKey, sub: &str, event: &str) -> Sensitive<String> {
    // An id of an event has no line feed.
    let token = key.derive("feedback token", format!("{event}\n{sub}").as_bytes());
    URL_SAFE_NO_PAD.encode(token).into()
}

/// Whether it is the token of the event of the user with this sub.
pub(crate) fn is_token(token: &Sensitive<String>, key: &SealKey, sub: &str, event: &str) -> bool {
    is_secret(of(key, sub, event).expose(), token.expose())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::ambient::{Ambient, ManualClock};

    #[test]
    fn a_token_counts_for_its_pool_user_and_event_alone() {
        let chance = Ambient::set(ManualClock::at(DateTime::UNIX_EPOCH), 1);
        let key = SealKey::draw(&chance);
        let token = of(&key, "sub", "event");
        assert_eq!(token.expose().len(), 43);
        assert!(is_token(&token, &key, "sub", "event"));
        assert!(!is_token(&token, &key, "other", "event"));
        assert!(!is_token(&token, &key, "sub", "other"));
        assert!(!is_token(&token, &SealKey::draw(&chance), "sub", "event"));
        for wrong in ["", "A", &token.expose()[1..]] {
            assert!(
                !is_token(&wrong.to_owned().into(), &key, "sub", "event"),
                "{wrong}"
            );
        }
    }
}
