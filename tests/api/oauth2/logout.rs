//! Signing out in the browser.

use super::{
    CALLBACK, ELSEWHERE, asked, at, authorize, browser, browser_of, encoded, get, location,
    parameter, signed_in, start, text, token,
};
use crate::world::{Answer, App, WEB};

const BYE: &str = "https://app.test/bye";

fn log_out(app: &App, cookie: Option<&str>, parameters: &[(&str, &str)]) -> Answer {
    get(
        app,
        &format!("{}?{}", at(app, "/logout"), encoded(parameters)),
        cookie,
    )
}

/// Whether the browser still has its session.
fn lives(app: &App, cookie: &str) -> bool {
    location(&authorize(app, Some(cookie), &asked(WEB))).contains("?code=")
}

#[test]
fn signing_out_ends_the_session_and_leads_to_the_app() {
    let app = start();
    let cookie = browser(&app, "ana");
    let tokens = signed_in(&app, WEB, &asked(WEB));
    assert!(lives(&app, &cookie));
    let parameters = [
        ("client_id", WEB.id),
        ("logout_uri", BYE),
        ("redirect_uri", CALLBACK),
        ("state", "x"),
    ];
    let answer = log_out(&app, Some(&cookie), &parameters);
    assert_eq!(location(&answer), BYE);
    let forgotten = "cognito=; Path=/_poolhouse/domains/shop; Max-Age=0; HttpOnly; SameSite=Lax";
    assert_eq!(answer.header("set-cookie"), forgotten);
    assert!(!lives(&app, &cookie));
    // Tokens live on.
    token(
        &app,
        WEB,
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", text(&tokens, "refresh_token")),
        ],
    )
    .ok();
    // So it does without a session.
    assert_eq!(location(&log_out(&app, None, &parameters)), BYE);
}

#[test]
fn signing_out_can_lead_to_the_page_to_sign_in() {
    let app = start();
    let cookie = browser(&app, "ana");
    let parameters = [
        ("client_id", WEB.id),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("state", "s 1"),
        ("nonce", "n"),
        ("identity_provider", "Google"),
    ];
    let sent = location(&log_out(&app, Some(&cookie), &parameters));
    assert!(
        sent.starts_with("/_poolhouse/domains/shop/login?response_type=code&client_id="),
        "{sent}"
    );
    let all = "openid email phone profile aws.cognito.signin.user.admin shop/read";
    for (name, value) in [
        ("redirect_uri", CALLBACK),
        ("state", "s 1"),
        ("nonce", "n"),
        ("scope", all),
    ] {
        assert_eq!(parameter(&sent, name), value);
    }
    assert!(!sent.contains("identity_provider"));
    assert!(!lives(&app, &cookie));
}

#[test]
fn a_request_that_leads_nowhere_is_told_on_the_error_page_and_ends_nothing() {
    let app = start();
    let cookie = browser(&app, "ana");
    let error = |parameters: &[(&str, &str)]| {
        let sent = location(&log_out(&app, Some(&cookie), parameters));
        let (page, _) = sent.split_once('?').unwrap();
        assert_eq!(page, "/_poolhouse/domains/shop/error");
        parameter(&sent, "error")
    };
    assert_eq!(
        error(&[]),
        "Required String parameter 'client_id' is not present"
    );
    assert_eq!(
        error(&[("logout_uri", BYE)]),
        "Required String parameter 'client_id' is not present"
    );
    let missing = "Required String parameter 'redirect_uri' is not present";
    assert_eq!(error(&[("client_id", WEB.id)]), missing);
    for uri in [
        CALLBACK,
        "https://app.test/bye/",
        "https://evil.test",
        "//evil.test",
    ] {
        assert_eq!(
            error(&[("client_id", WEB.id), ("logout_uri", uri)]),
            missing,
            "{uri}"
        );
    }
    // Members of OpenID Connect's logout do not count.
    let standard = [
        ("client_id", WEB.id),
        ("post_logout_redirect_uri", BYE),
        ("id_token_hint", "x"),
    ];
    assert_eq!(error(&standard), missing);
    assert_eq!(
        error(&[("client_id", WEB.id), ("redirect_uri", "https://evil.test")]),
        "redirect_mismatch"
    );
    for id in ["unknown0000000000000000001", ELSEWHERE.id] {
        assert_eq!(
            error(&[("client_id", id), ("logout_uri", BYE)]),
            "Client does not exist"
        );
    }
    assert_eq!(
        error(&[
            ("client_id", WEB.id),
            ("logout_uri", BYE),
            ("logout_uri", "https://evil.test")
        ]),
        "invalid_request"
    );
    assert!(lives(&app, &cookie));
}

#[test]
fn nobody_ends_the_session_of_another_pools_browser() {
    let app = start();
    let other = browser_of(&app, ELSEWHERE.pool, "ana");
    log_out(
        &app,
        Some(&other),
        &[("client_id", WEB.id), ("logout_uri", BYE)],
    );
    let count = "SELECT count(*) FROM browser_sessions";
    let count: i64 = app.file().query_row(count, [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}
