//! Settings: where they come from, which wins, and what is refused.

use poolhouse::settings::{Database, LogFormat, Settings};

use crate::tool::Tool;

fn load(
    file: Option<&str>,
    environment: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Settings, String> {
    let tool = Tool::new();
    let path = file.map(|text| tool.write("settings.toml", text));
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let flags: Vec<(&'static str, String)> = flags
        .iter()
        .map(|(place, value)| (*place, (*value).to_owned()))
        .collect();
    Settings::load(path.as_deref(), environment, &flags).map_err(|error| error.to_string())
}

fn refusal(file: &str) -> String {
    let error = load(Some(file), &[], &[]).unwrap_err();
    error
        .split_once("settings.toml: ")
        .map_or(error.clone(), |(_, why)| why.to_owned())
}

#[test]
fn without_anything_the_documented_defaults_hold() {
    let settings = load(None, &[], &[]).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:9229");
    assert_eq!(
        settings.database,
        Database::File("data/poolhouse.db".into())
    );
    assert_eq!(
        (settings.region.as_str(), settings.account.as_str()),
        ("us-east-1", "000000000000")
    );
    assert!(settings.limits);
    assert_eq!(settings.log.format, LogFormat::Auto);
    assert_eq!(settings.http.max_body_bytes, 1 << 20);
}

#[test]
fn every_category_has_its_default_quota() {
    let quotas = load(None, &[], &[]).unwrap().quotas;
    let rates: Vec<u32> = quotas.values().copied().collect();
    assert_eq!(
        rates,
        [
            120, 50, 30, 120, 25, 120, 50, 25, 30, 15, 15, 20, 15, 15, 15, 150, 1
        ]
    );
}

#[test]
fn a_file_wins_over_the_defaults_the_environment_over_the_file_and_a_flag_over_all() {
    let file = Some(
        "region = 'eu-west-1'\naccount = '111111111111'\nlisten = '127.0.0.1:1'\n[log]\nformat = 'json'",
    );
    let environment = [
        ("POOLHOUSE_ACCOUNT", "222222222222"),
        ("POOLHOUSE_LISTEN", "127.0.0.1:2"),
    ];
    let settings = load(file, &environment, &[("listen", "127.0.0.1:3")]).unwrap();
    assert_eq!(settings.region, "eu-west-1");
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.account, "222222222222");
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(
        settings.database,
        Database::File("data/poolhouse.db".into()),
        "what nobody names keeps its default"
    );
}

#[test]
fn every_single_value_has_an_environment_variable() {
    let settings = load(
        None,
        &[
            ("POOLHOUSE_DATABASE", ":memory:"),
            ("POOLHOUSE_LIMITS", "off"),
            ("POOLHOUSE_LOG_FORMAT", "text"),
            ("POOLHOUSE_HTTP_WORKERS", "3"),
            ("POOLHOUSE_HTTP_MAX_BODY_BYTES", "5"),
            ("POOLHOUSE_QUOTAS_USERRESOURCEREAD", "7"),
            ("POOLHOUSE_PORT", "tcp://10.0.0.1:80"),
        ],
        &[],
    )
    .unwrap();
    assert_eq!(settings.database, Database::Memory);
    assert!(!settings.limits);
    assert_eq!(settings.log.format, LogFormat::Text);
    assert_eq!(
        (settings.http.workers, settings.http.max_body_bytes),
        (3, 5)
    );
    assert!(settings.quotas.values().any(|rate| *rate == 7));
}

#[test]
fn a_value_that_cannot_be_read_is_named() {
    for (name, value, why) in [
        (
            "POOLHOUSE_LIMITS",
            "maybe",
            "POOLHOUSE_LIMITS: 'maybe' is neither on nor off",
        ),
        (
            "POOLHOUSE_HTTP_WORKERS",
            "many",
            "POOLHOUSE_HTTP_WORKERS: 'many' is not a whole number",
        ),
    ] {
        assert_eq!(load(None, &[(name, value)], &[]).unwrap_err(), why);
    }
    assert_eq!(
        load(None, &[], &[("limits", "maybe")]).unwrap_err(),
        "--limits: 'maybe' is neither on nor off"
    );
}

#[test]
fn a_mistake_in_the_file_is_refused_with_its_place() {
    for (text, why) in [
        ("listen = 'nowhere'", "invalid socket address"),
        ("[log]\nlevel = 'debug'", "level"),
        ("[log]\nformat = 'xml'", "xml"),
        ("[quotas]\nUserResourceReads = 1", "UserResourceReads"),
        ("[quotas]\nUserResourceRead = -1", "UserResourceRead"),
        ("limits = 'on'", "limits"),
        ("region = ", "line 1"),
        ("[http]\ntrusted_hosts = ['a/b']", "'a/b' is not a host"),
        ("[http]\ntrusted_origins = ['a']", "'a' is not an origin"),
        ("[[access_keys]]\nid = 'A'", "secret"),
    ] {
        let error = refusal(text);
        assert!(error.contains(why), "{text:?} gave {error:?}");
    }
    let missing = Settings::load(Some(std::path::Path::new("/nowhere.toml")), [], &[]).unwrap_err();
    assert!(
        missing.to_string().starts_with("/nowhere.toml: "),
        "{missing}"
    );
}

#[test]
fn values_that_do_not_fit_together_are_refused() {
    for (text, why) in [
        (
            "account = '123'",
            "account: '123' is not an AWS account id of 12 digits",
        ),
        (
            "region = 'Mars'",
            "region: 'Mars' is not the name of an AWS Region",
        ),
        (
            "[[access_keys]]\nid = 'A'\nsecret = ''",
            "access_keys: an access key needs an id and a secret",
        ),
        (
            "[[access_keys]]\nid = 'A'\nsecret = 'b'\naccount = 'x'",
            "account: 'x' is not an AWS account id of 12 digits",
        ),
        (
            "[[access_keys]]\nid = 'test'\nsecret = 'b'",
            "access_keys: the id 'test' is given twice",
        ),
        (
            "secret_access_key = ''",
            "secret_access_key: the access key needs a secret",
        ),
    ] {
        assert_eq!(refusal(text), why);
    }
}

#[test]
fn the_shipped_key_is_for_loopback_alone() {
    for address in ["0.0.0.0:9229", "192.0.2.7:1", "[::]:9229"] {
        let why = load(None, &[("POOLHOUSE_LISTEN", address)], &[]).unwrap_err();
        assert!(
            why.starts_with(&format!(
                "listen: {address} can be reached from other machines"
            )),
            "{why}"
        );
        assert!(
            why.contains("POOLHOUSE_ACCESS_KEY_ID"),
            "it says what to do: {why}"
        );
        let same_in_a_list = "access_key_id = ''\n[[access_keys]]\nid = 'test'\nsecret = 'test'";
        assert!(load(Some(same_in_a_list), &[("POOLHOUSE_LISTEN", address)], &[]).is_err());
        let own = [
            ("POOLHOUSE_LISTEN", address),
            ("POOLHOUSE_ACCESS_KEY_ID", "AKIAOWN"),
            ("POOLHOUSE_SECRET_ACCESS_KEY", "own"),
        ];
        load(None, &own, &[]).unwrap();
    }
    for address in ["127.0.0.1:0", "127.8.8.8:0", "[::1]:0"] {
        load(None, &[("POOLHOUSE_LISTEN", address)], &[]).unwrap();
    }
}

#[test]
fn the_documented_file_is_a_valid_settings_file() {
    let text = std::fs::read_to_string("config/poolhouse.toml").unwrap();
    load(Some(&text), &[], &[]).unwrap();
    let example: Vec<&str> = text
        .lines()
        .skip_while(|line| *line != "# [[access_keys]]")
        .map_while(|line| line.strip_prefix("# "))
        .collect();
    assert_eq!(example.len(), 6);
    let example = example.join("\n");
    load(Some(&example), &[], &[]).unwrap();
}

#[test]
fn secrets_do_not_show_when_settings_are_printed() {
    let file = "secret_access_key = 'hush-one'\n[[access_keys]]\nid = 'A'\nsecret = 'hush-two'";
    let printed = format!("{:?}", load(Some(file), &[], &[]).unwrap());
    assert!(
        printed.contains("access_keys") && !printed.contains("hush"),
        "{printed}"
    );
}
