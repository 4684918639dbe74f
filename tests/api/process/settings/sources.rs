//! Where a setting comes from: defaults, file, environment and flags.

use poolhouse::settings::{Database, LogFormat};

use super::load;

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
            120, 50, 25, 30, 120, 25, 120, 50, 25, 30, 15, 15, 20, 15, 15, 15, 150, 1
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
    assert_eq!(settings.account.as_str(), "222222222222");
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
