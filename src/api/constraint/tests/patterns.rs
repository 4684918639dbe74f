//! The patterns of the model match as they do in the service.

use crate::api::constraint::Pattern;
use crate::api::schema;

#[test]
fn every_pattern_of_the_model_compiles() {
    for pattern in schema::PATTERNS {
        assert!(pattern.compiled().is_some(), "{}", pattern.text());
    }
}

fn pattern(text: &str) -> &'static Pattern {
    let mut patterns = schema::PATTERNS.into_iter();
    patterns.find(|pattern| pattern.text() == text).unwrap()
}

#[test]
fn patterns_match_as_they_do_in_java() {
    let pool = pattern(r"[\w-]+_[0-9a-zA-Z]+");
    assert!(pool.matches("us-east-1_Ab0") && pool.matches("a_b_C"));
    for wrong in [
        "é_A",
        "us-east-1_Ab0\n",
        "us-east-1",
        "us-east-1_é",
        " a_b",
        "",
    ] {
        assert!(!pool.matches(wrong), "{wrong:?}");
    }
    let name = pattern(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
    assert!(name.matches("josé@例え.jp😀") && !name.matches("a b") && !name.matches("a\n"));
    let no_space = pattern(r"[\S]+");
    // A no-break space is no space in Java.
    assert!(no_space.matches("a\u{a0}b") && !no_space.matches("a\u{b}b"));
    let client = pattern(r"[\w\s+=,.@-]+");
    assert!(client.matches("My app\n@-") && !client.matches("\u{2003}"));
    let sms = pattern(r".*\{####\}.*");
    assert!(sms.matches("code {####}!") && !sms.matches("code\n{####}"));
    assert!(!sms.matches("code\u{2028}{####}"));
    assert!(pattern("(?s).*").matches("a\nb\u{85}"));
    assert!(
        pattern("[A-Za-z0-9-_=.]+").matches("a-_=.9") && !pattern("[A-Za-z0-9-_=.]+").matches(":")
    );
}

#[test]
fn the_look_behind_is_replaced_by_its_equal() {
    let bucket = pattern(r"^[0-9A-Za-z\.\-_]*(?<!\.)$");
    for fine in ["", "a", "a.b", "..a", "-", "a_"] {
        assert!(bucket.matches(fine), "{fine}");
    }
    for wrong in [".", "a.", "a..", "a b", "a\n", "é"] {
        assert!(!bucket.matches(wrong), "{wrong}");
    }
}
