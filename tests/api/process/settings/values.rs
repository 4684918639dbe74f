//! How a value is written.

use super::load;

#[test]
fn a_value_that_cannot_be_read_is_named() {
    for (name, value, why) in [
        (
            "POOLHOUSE_LIMITS",
            "maybe",
            "limits (environment variable POOLHOUSE_LIMITS): 'maybe' cannot be used; expected on or off",
        ),
        (
            "POOLHOUSE_HTTP_WORKERS",
            "many",
            "http.workers (environment variable POOLHOUSE_HTTP_WORKERS): 'many' cannot be used; expected a whole number from 0 \
             to 1024",
        ),
    ] {
        assert_eq!(load(None, &[(name, value)], &[]).unwrap_err(), why);
    }
    assert_eq!(
        load(None, &[], &[("limits", "maybe")]).unwrap_err(),
        "limits (--limits): 'maybe' cannot be used; expected on or off"
    );
}

#[test]
fn a_flag_is_on_or_off_wherever_it_is_set() {
    for (text, limits) in [
        ("'off'", false),
        ("'on'", true),
        ("false", false),
        ("'true'", true),
    ] {
        let settings = load(Some(&format!("limits = {text}")), &[], &[]).unwrap();
        assert_eq!(settings.limits, limits, "{text}");
    }
    for (text, limits) in [("off", false), ("on", true), ("false", false)] {
        let settings = load(None, &[], &[("limits", text)]).unwrap();
        assert_eq!(settings.limits, limits, "{text}");
    }
}

#[test]
fn an_address_may_be_written_as_people_write_it() {
    for listen in [
        "9300",
        "'9300'",
        "':9300'",
        "'localhost:9300'",
        "'127.0.0.1:9300'",
    ] {
        let settings = load(Some(&format!("listen = {listen}")), &[], &[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:9300", "{listen}");
    }
    for listen in ["9300", ":9300", "localhost:9300"] {
        let settings = load(None, &[("POOLHOUSE_LISTEN", listen)], &[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:9300", "{listen}");
    }
}

#[test]
fn a_list_is_given_by_the_environment_with_commas() {
    let hosts = |text: &str| load(None, &[("POOLHOUSE_HTTP_TRUSTED_HOSTS", text)], &[]);
    for text in ["", "cognito.test", "cognito.test, other.test:80"] {
        hosts(text).unwrap();
    }
    let why = hosts("cognito.test,a/b").unwrap_err();
    assert!(
        why.starts_with("http.trusted_hosts (environment variable POOLHOUSE_HTTP_TRUSTED_HOSTS): "),
        "{why}"
    );
}
