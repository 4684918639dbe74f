//! `/_poolhouse/metrics`: what a server has counted, as OpenMetrics.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;
use serde_json::{Value, json};

use super::{setup, start};
use crate::world::{
    App, Key, NO_SIGNATURE, NOW, PASSWORD, POOL, Setup, WEB, sign_in_by_password, sign_in_by_srp,
};

const METRICS: &str = "/_poolhouse/metrics";
const TOKEN: &str = "a-token-of-prometheus";

/// The values of all series, by name and labels.
fn scrape(app: &App) -> BTreeMap<String, Value> {
    let answer = app.get_signed(METRICS);
    assert_eq!(answer.status, 200);
    values(&String::from_utf8(answer.body).unwrap())
}

fn values(text: &str) -> BTreeMap<String, Value> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let value = |line: &str| {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let value: f64 = value.parse().unwrap();
        (series.to_owned(), json!(value))
    };
    lines.map(value).collect()
}

/// The names of all series, also of those without a value yet.
fn names(text: &str) -> BTreeSet<String> {
    let kinds = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let named = kinds.map(|line| {
        let (name, kind) = line.split_once(' ').unwrap();
        match kind {
            "counter" => format!("{name}_total"),
            "info" => format!("{name}_info"),
            _ => name.to_owned(),
        }
    });
    named.collect()
}

fn by_token(app: &App, authorization: &str) -> crate::world::Answer {
    let request = http::Request::get(format!("{}{METRICS}", app.url()));
    let request = request.header("authorization", authorization);
    app.send(request.body(Vec::new()).unwrap())
}

#[test]
fn requests_are_counted_by_operation_and_outcome_with_their_times() {
    let app = start();
    app.user("ana");
    app.user("ana");
    let nobody = json!({"UserPoolId": POOL, "Username": "nobody"});
    app.call("AdminGetUser", &nobody).refusal();
    app.get_signed("/_poolhouse/outbox").ok();
    let found = scrape(&app);
    let requests = |labels: &str| found.get(&format!("poolhouse_requests_total{{{labels}}}"));
    assert_eq!(
        requests("operation=\"AdminGetUser\",outcome=\"ok\""),
        Some(&json!(2.0))
    );
    assert_eq!(
        requests("operation=\"AdminGetUser\",outcome=\"UserNotFoundException\""),
        Some(&json!(1.0))
    );
    assert_eq!(
        requests("operation=\"ReadOutbox\",outcome=\"ok\""),
        Some(&json!(1.0))
    );
    let took = |suffix: &str, labels: &str| {
        let name = "poolhouse_request_duration_seconds";
        found[&format!("{name}_{suffix}{{{labels}operation=\"AdminGetUser\"}}")].clone()
    };
    // The clock of the tests stands still.
    assert_eq!(
        (took("count", ""), took("sum", "")),
        (json!(3.0), json!(0.0))
    );
    for bound in ["0.001", "+Inf"] {
        assert_eq!(took("bucket", &format!("le=\"{bound}\",")), 3.0);
    }
    let again = scrape(&app);
    assert_eq!(
        again["poolhouse_requests_total{operation=\"ReadMetrics\",outcome=\"ok\"}"],
        1.0
    );
}

#[test]
fn nothing_that_a_client_sends_becomes_a_label() {
    let app = start();
    for number in 0..20 {
        let operation = format!("GetSomething{}", "x".repeat(number));
        app.call_open(&operation, &json!({})).refusal();
        let pool = json!({"UserPoolId": format!("us-east-1_Nothing{number}"), "Username": "a"});
        app.call("AdminGetUser", &pool).refusal();
        let path = format!("{}/path/of/{number}", app.url());
        app.send(http::Request::get(path).body(Vec::new()).unwrap());
    }
    let text = String::from_utf8(app.get_signed(METRICS).body).unwrap();
    for sent in ["Something", "Nothing", "path", POOL, WEB.id] {
        assert!(!text.contains(sent), "{sent}: {text}");
    }
    let found = values(&text);
    let unknown =
        "poolhouse_requests_total{operation=\"unknown\",outcome=\"UnknownOperationException\"}";
    assert_eq!(found[unknown], 40.0);
    let requests = found
        .keys()
        .filter(|series| series.starts_with("poolhouse_requests_total"));
    assert_eq!(requests.count(), 2);
}

#[test]
fn steps_of_sign_ins_are_counted_by_what_came_of_them() {
    let app = start();
    sign_in_by_srp(&app, WEB, "ana", PASSWORD, &[]).ok();
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    sign_in_by_password(&app, WEB, "ana", "Wrong-Password-1", &[]).refusal();
    let found = scrape(&app);
    for (step, result) in [
        ("USER_SRP_AUTH", "PASSWORD_VERIFIER"),
        ("PASSWORD_VERIFIER", "tokens"),
        ("USER_PASSWORD_AUTH", "tokens"),
        ("USER_PASSWORD_AUTH", "NotAuthorizedException"),
    ] {
        let series =
            format!("poolhouse_sign_in_steps_total{{step=\"{step}\",result=\"{result}\"}}");
        assert_eq!(found.get(&series), Some(&json!(1.0)), "{series}");
    }
}

#[test]
fn what_quotas_refuse_is_counted_by_category() {
    let app = setup()
        .with("limits", "on")
        .with("quotas_userread", "1")
        .start();
    let ana = json!({"UserPoolId": POOL, "Username": "ana"});
    let refused = (0..3).filter(|_| app.call("AdminGetUser", &ana).status == 400);
    assert_eq!(refused.count(), 2);
    assert_eq!(
        scrape(&app)["poolhouse_throttled_total{quota=\"UserRead\"}"],
        2.0
    );
}

#[test]
fn transactions_the_writer_and_the_files_are_shown() {
    let app = setup().on_disk().start();
    app.call(
        "AdminDisableUser",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .ok();
    app.user("ana");
    let found = scrape(&app);
    let at_least = |series: &str, least: f64| {
        let value = found[series].as_f64().unwrap();
        assert!(value >= least, "{series}: {value}");
    };
    at_least(
        "poolhouse_transaction_duration_seconds_count{kind=\"read\"}",
        1.0,
    );
    at_least(
        "poolhouse_transaction_duration_seconds_count{kind=\"write\"}",
        1.0,
    );
    at_least("poolhouse_writer_group_jobs_count", 1.0);
    at_least("poolhouse_database_bytes{file=\"database\"}", 4096.0);
    at_least("poolhouse_database_bytes{file=\"log\"}", 4096.0);
    at_least("poolhouse_database_connections{state=\"idle\"}", 1.0);
    at_least("poolhouse_connections", 1.0);
    at_least("poolhouse_connections_accepted_total", 1.0);
    assert_eq!(found["poolhouse_writer_queue_jobs"], 0.0);
    assert_eq!(found["poolhouse_start_time_seconds"], NOW);
}

#[test]
fn rows_of_tables_are_shown_and_no_more_than_ten_thousand_are_counted() {
    let app = setup().on_disk().start();
    let more = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10500)
                INSERT INTO groups (pool, name, created_ms, modified_ms) SELECT 1, 'group-' || n, 0, 0 FROM n";
    app.file().execute(more, []).unwrap();
    let found = scrape(&app);
    for (table, rows) in [
        ("pools", 1.0),
        ("app_clients", 1.0),
        ("users", 1.0),
        ("groups", 10_000.0),
        ("outbox", 0.0),
    ] {
        let series = format!("poolhouse_table_rows{{table=\"{table}\"}}");
        assert_eq!(found[&series], rows, "{table}");
    }
}

#[test]
fn a_clock_that_was_set_and_faults_are_shown() {
    let app = start();
    let found = scrape(&app);
    assert_eq!(found["poolhouse_clock_offset_seconds"], 0.0);
    assert_eq!(found["poolhouse_faults"], 0.0);
    let post = |path: &str, body: Value| app.control(&Key::default(), "POST", path, &body).ok();
    post("/_poolhouse/clock", json!({"AdvanceSeconds": 90}));
    post("/_poolhouse/faults", json!({"DelayMilliseconds": 1}));
    let found = scrape(&app);
    assert_eq!(found["poolhouse_clock_offset_seconds"], 90.0);
    assert_eq!(found["poolhouse_faults"], 1.0);
}

#[test]
fn metrics_take_a_signature_or_the_token_of_the_settings() {
    let keys = r#"
        [[access_keys]]
        id = "METRICS"
        secret = "secret-of-the-key"
        actions = ["poolhouse:ReadMetrics"]

        [[access_keys]]
        id = "CLOCK"
        secret = "secret-of-the-key"
        actions = ["poolhouse:SetClock"]
    "#;
    let app = setup().with_file(keys).with("metrics_token", TOKEN).start();
    let of = |id: &str| app.get_as(&Key::new(id, "secret-of-the-key"), METRICS);
    assert_eq!(of("METRICS").status, 200);
    assert_eq!(of("CLOCK").refusal().0, "AccessDeniedException");
    let answer = by_token(&app, &format!("Bearer {TOKEN}"));
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    assert!(answer.body.ends_with(b"# EOF\n"));
    assert_eq!(by_token(&app, &format!("bearer {TOKEN}")).status, 200);
    for wrong in [
        "Bearer a",
        "Bearer a-token-of-prometheu",
        "Bearer a-token-of-prometheus1",
    ] {
        let answer = by_token(&app, wrong);
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, "Bearer"),
            "{wrong}"
        );
        assert!(answer.body.is_empty());
    }
    let unsigned = http::Request::get(format!("{}{METRICS}", app.url()));
    app.send(unsigned.body(Vec::new()).unwrap())
        .refused_as(NO_SIGNATURE);
    let with_token = http::Request::get(format!("{}/_poolhouse/outbox", app.url()));
    let with_token = with_token.header("authorization", format!("Bearer {TOKEN}"));
    let elsewhere = app.send(with_token.body(Vec::new()).unwrap());
    assert_eq!(elsewhere.status, 400, "it opens nothing else");
    // Without a token in the settings, none is right.
    let app = start();
    for wrong in ["Bearer a", &format!("Bearer {TOKEN}")] {
        assert_eq!(by_token(&app, wrong).status, 401);
    }
}

#[test]
fn scrapes_are_not_among_the_last_requests() {
    let app = start();
    app.user("ana");
    scrape(&app);
    let all = app.get_signed("/_poolhouse/requests").ok();
    let messages: Vec<&Value> = (all["Requests"].as_array().unwrap().iter())
        .map(|line| &line["message"])
        .collect();
    assert_eq!(messages, ["AdminGetUser"]);
}

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_documents_list_every_metric_and_the_dashboard_asks_for_no_other() {
    let app = Setup::new().on_disk().start();
    let exposed = names(&String::from_utf8(app.get_signed(METRICS).body).unwrap());
    let listed: BTreeSet<String> = Regex::new(r"(?m)^\| `(poolhouse_[a-z_]+)` \|")
        .unwrap()
        .captures_iter(&document("metrics.md"))
        .map(|found| found[1].to_owned())
        .collect();
    assert_eq!(exposed, listed);
    let dashboard: Value = serde_json::from_str(&document("grafana-dashboard.json")).unwrap();
    let name = Regex::new(r"poolhouse_[a-z_]+").unwrap();
    let mut asked = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{}", panel["title"]);
        for target in targets {
            let expression = target["expr"].as_str().unwrap();
            let found: Vec<&str> = (name.find_iter(expression))
                .map(|found| found.as_str())
                .collect();
            assert!(!found.is_empty(), "{expression}");
            for series in found {
                let of_histogram = ["_bucket", "_sum", "_count"]
                    .iter()
                    .find_map(|suffix| series.strip_suffix(suffix));
                let known = exposed.contains(series)
                    || of_histogram.is_some_and(|family| exposed.contains(family));
                assert!(known, "{expression} asks for {series}");
                asked.insert(of_histogram.unwrap_or(series).to_owned());
            }
        }
    }
    assert_eq!(asked, exposed, "the dashboard shows everything");
}
