//! `/_poolhouse/console/`: the files of the console, which are open to everybody and hold nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{setup, start};
use crate::world::{Answer, App, Key};

const CONSOLE: &str = "/_poolhouse/console/";

fn get(app: &App, name: &str) -> Answer {
    let request = http::Request::get(format!("{}{CONSOLE}{name}", app.url()));
    app.send(request.body(Vec::new()).unwrap())
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// What stands in quotes after each of these words.
fn quoted<'t>(text: &'t str, word: &str) -> Vec<&'t str> {
    let after = text.split(word).skip(1);
    after.filter_map(|rest| rest.split('"').nth(1)).collect()
}

/// The files that the page loads, and those that they load, each with its answer.
fn loaded(app: &App) -> Vec<(String, Answer)> {
    let page = get(app, "");
    let mut files = Vec::new();
    let mut names: Vec<String> = [" href=", " src="]
        .iter()
        .flat_map(|word| {
            quoted(&text(&page), word)
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter(|name| !name.starts_with('#'))
        .collect();
    let mut seen: BTreeSet<String> = names.iter().cloned().collect();
    while let Some(name) = names.pop() {
        let answer = get(app, &name);
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        for import in quoted(&text(&answer), "} from ") {
            let import = match import.strip_prefix("../") {
                Some(above) => above.to_owned(),
                None if folder.is_empty() => import.trim_start_matches("./").to_owned(),
                None => format!("{folder}/{}", import.trim_start_matches("./")),
            };
            if seen.insert(import.clone()) {
                names.push(import);
            }
        }
        files.push((name, answer));
    }
    files.push((String::new(), page));
    files
}

#[test]
fn the_page_and_all_that_it_loads_come_with_strict_headers() {
    let app = start();
    let files = loaded(&app);
    assert!(files.len() > 20, "only {} files were found", files.len());
    for (name, answer) in files {
        assert_eq!(answer.status, 200, "{name}");
        let kind = match name.rsplit_once('.') {
            Some((_, "css")) => "text/css",
            Some((_, "js")) => "text/javascript",
            Some((_, "svg")) => "image/svg+xml",
            _ => "text/html",
        };
        assert!(answer.header("content-type").starts_with(kind), "{name}");
        let policy = answer.header("content-security-policy");
        for said in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(said), "{name}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
}

#[test]
fn a_file_that_the_browser_has_is_not_sent_again() {
    let app = start();
    let first = get(&app, "app.js");
    let again = |tag: &str| {
        let request = http::Request::get(format!("{}{CONSOLE}app.js", app.url()));
        let request = request.header("if-none-match", tag);
        app.send(request.body(Vec::new()).unwrap())
    };
    assert_eq!(first.header("cache-control"), "no-cache");
    let known = again(first.header("etag"));
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(again("\"another\"").body, first.body);
}

#[test]
fn there_is_nothing_else() {
    let app = start();
    for name in [
        "nothing.js",
        "pages/",
        "pages",
        "../health",
        "..%2fhealth",
        "mod.rs",
    ] {
        let path = format!("{CONSOLE}{name}");
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            app.host()
        );
        let answer = app.raw(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 404 "), "{name}: {answer}");
    }
    let request = http::Request::get(format!("{}/_poolhouse/console", app.url()));
    let answer = app.send(request.body(Vec::new()).unwrap());
    assert_eq!(
        (answer.status, answer.header("location")),
        (308, "console/")
    );
}

#[test]
fn the_shipped_key_is_told_where_it_may_be_used_and_no_other() {
    let app = start();
    let told = get(&app, "greeting.json").ok();
    let shipped = json!({"Id": "test", "Secret": "test"});
    assert_eq!(
        told,
        json!({"Region": "us-east-1", "AccessKey": shipped, "Clock": null})
    );
    let from = |headers: &str| {
        let request = format!(
            "GET {CONSOLE}greeting.json HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n"
        );
        app.raw(request.as_bytes())
    };
    for headers in [
        "Host: poolhouse.example.com".to_owned(),
        format!("Host: {}\r\nOrigin: https://example.com", app.host()),
    ] {
        let answer = from(&headers);
        assert!(
            answer.ends_with(r#"{"AccessKey":null,"Clock":null,"Region":"us-east-1"}"#),
            "{answer}"
        );
    }
    app.control(
        &Key::default(),
        "POST",
        "/_poolhouse/clock",
        &json!({"Frozen": true}),
    )
    .ok();
    assert_eq!(get(&app, "greeting.json").ok()["Clock"]["Frozen"], true);
    let app = setup()
        .with("secret_access_key", "a-secret-of-my-own")
        .start();
    assert_eq!(get(&app, "greeting.json").ok()["AccessKey"], Value::Null);
}

#[test]
fn visits_are_not_among_the_requests_that_are_shown() {
    let app = start();
    get(&app, "").done();
    get(&app, "greeting.json").ok();
    let shown = app.get_signed("/_poolhouse/requests").ok();
    assert_eq!(shown["Requests"], json!([]));
}
