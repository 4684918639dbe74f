//! In which language a page is, and what every page has.

use serde_json::json;

use super::{get, html};
use crate::world::{App, Pool, WEB};

fn app() -> App {
    Pool::new(WEB.pool)
        .with(json!({"AutoVerifiedAttributes": ["email"]}))
        .client(WEB)
        .start()
}

/// The tag of the language that a page says it is in.
fn language(app: &App, path: &str, headers: &[(&str, &str)]) -> String {
    let page = html(&get(app, path, headers));
    let (_, rest) = page.split_once("<html lang=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[test]
fn the_parameter_goes_before_the_cookie_and_the_cookie_before_the_browser() {
    let app = app();
    let accepts = |value| ("accept-language", value);
    let kept = |value| ("cookie", value);
    for (query, headers, tag) in [
        ("", &[][..], "en"),
        ("", &[accepts("fr, ja;q=0.8, de;q=0.9")], "de"),
        ("", &[accepts("fr")], "en"),
        ("", &[accepts(";;=q")], "en"),
        ("", &[accepts("de"), kept("a=b; lang=es")], "es"),
        ("", &[accepts("de"), kept("lang=fr")], "de"),
        ("?lang=ja", &[accepts("de"), kept("lang=es")], "ja"),
        ("?lang=de-AT", &[], "de"),
        ("?lang=pt-BR", &[accepts("es-MX")], "es"),
        ("?lang=%22%3E%3Cscript%3E", &[], "en"),
    ] {
        let path = format!("/confirmUser{query}");
        assert_eq!(language(&app, &path, headers), tag, "{query} {headers:?}");
    }
}

#[test]
fn a_language_that_was_chosen_is_kept_in_a_cookie() {
    let app = app();
    let chosen = get(&app, "/confirmUser?lang=es", &[]);
    let cookie = chosen.header("set-cookie");
    assert_eq!(cookie, "lang=es; Max-Age=31536000; HttpOnly; SameSite=Lax");
    let accepted = get(&app, "/confirmUser", &[("accept-language", "es")]);
    assert_eq!(accepted.header("set-cookie"), "");
}

#[test]
fn refusals_are_told_in_the_language_of_the_page_or_marked_as_english() {
    let app = app();
    let nobody = format!("client_id={}&user_name=nobody&confirmation_code=1", WEB.id);
    for (query, told) in [
        (
            "lang=de".to_owned(),
            "<h1>Der Link ist nicht vollständig.</h1>",
        ),
        (
            format!("lang=ja&{nobody}"),
            "<h1>このユーザーは存在しません。</h1>",
        ),
        (
            "lang=es&client_id=x&user_name=y&confirmation_code=1".to_owned(),
            r#"<h1 lang="en">User pool client x does not exist.</h1>"#,
        ),
    ] {
        let page = get(&app, &format!("/confirmUser?{query}"), &[]);
        assert_eq!(page.status, 400);
        assert!(html(&page).contains(told), "{}", html(&page));
    }
}

#[test]
fn a_page_runs_no_script_stands_in_no_frame_and_is_not_kept() {
    let app = app();
    let page = get(&app, "/confirmUser", &[]);
    let policy = page.header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(!html(&page).contains("<script"));
}

#[test]
fn the_style_sheet_is_found_from_every_path_and_may_be_kept() {
    let app = app();
    for path in ["/confirmUser", "/confirmUser/"] {
        let page = html(&get(&app, path, &[]));
        let (_, rest) = page.split_once(r#"<link rel="stylesheet" href=""#).unwrap();
        let address = rest.split_once('"').unwrap().0;
        let address = address.trim_start_matches("../");
        let sheet = get(&app, &format!("/{address}"), &[]);
        assert_eq!(sheet.status, 200, "{address}");
        assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
        assert!(sheet.header("cache-control").contains("immutable"));
    }
    assert_eq!(get(&app, "/_poolhouse/style-00000000.css", &[]).status, 404);
}
