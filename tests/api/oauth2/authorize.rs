//! Requests for authorization: the parameters, the order of mistakes, and who is told.

use super::{
    CALLBACK, CHALLENGE, ELSEWHERE, IMPLICIT, MACHINE, PLAIN, SHOP, asked, at, at_domain,
    authorize, browser, browser_of, changed, encoded, get, location, parameter, parameters, start,
};
use crate::world::{AppClient, WEB};

/// Asserts that the browser is sent to the error page.
#[track_caller]
fn page(answer: &crate::world::Answer, query: &str) {
    assert_eq!(
        location(answer),
        format!("/_poolhouse/domains/shop/error?{query}")
    );
}

#[test]
fn a_browser_without_a_session_goes_to_the_login_page_with_the_same_query() {
    let app = start();
    let query = format!("{}&x=%7B%22a%22%3A1%7D", encoded(&asked(WEB)));
    let answer = get(
        &app,
        &format!("{}?{query}", at(&app, "/oauth2/authorize")),
        None,
    );
    assert_eq!(
        location(&answer),
        format!("/_poolhouse/domains/shop/login?{query}")
    );
    assert_eq!(answer.header("set-cookie"), "");
}

#[test]
fn a_browser_with_a_session_goes_straight_to_the_app() {
    let app = start();
    let cookie = browser(&app, "ana");
    let sent = location(&authorize(&app, Some(&cookie), &asked(WEB)));
    assert!(
        sent.starts_with("https://app.test/callback?code="),
        "{sent}"
    );
    let code = parameter(&sent, "code");
    assert_eq!(uuid::Uuid::parse_str(&code).unwrap().to_string(), code);
    let names: Vec<String> = parameters(&sent)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["code", "state"]);
    assert_eq!(parameter(&sent, "state"), "state-1");
}

#[test]
fn a_registered_address_keeps_its_query_and_its_scheme() {
    let app = start();
    let cookie = browser(&app, "ana");
    for (uri, begin) in [
        (
            "https://app.test/with?query=1",
            "https://app.test/with?query=1&code=",
        ),
        ("myapp://back", "myapp://back?code="),
    ] {
        let request = changed(&asked(WEB), &[("redirect_uri", uri)]);
        let sent = location(&authorize(&app, Some(&cookie), &request));
        assert!(sent.starts_with(begin), "{sent}");
    }
}

#[test]
fn the_state_comes_back_as_it_was_sent() {
    let app = start();
    let cookie = browser(&app, "ana");
    for state in [
        "a=b&c d+e%20",
        "{\"a\":1}",
        "\u{e9}\u{10000}",
        "a\r\nSet-Cookie: x=1",
        "#x?y",
    ] {
        let request = changed(&asked(WEB), &[("state", state)]);
        let answer = authorize(&app, Some(&cookie), &request);
        assert_eq!(parameter(&location(&answer), "state"), state);
        assert_eq!(answer.header("set-cookie"), "");
    }
    let request = changed(&asked(WEB), &[("state", "")]);
    let sent = location(&authorize(&app, Some(&cookie), &request));
    assert_eq!(parameters(&sent).len(), 1);
}

#[test]
fn mistakes_about_client_and_address_are_told_on_the_error_page() {
    let app = start();
    let cookie = browser(&app, "ana");
    for without in ["client_id", "redirect_uri"] {
        let answer = authorize(&app, Some(&cookie), &changed(&asked(WEB), &[(without, "")]));
        page(&answer, "error=Required+parameters+missing");
    }
    page(
        &authorize(&app, None, &[]),
        "error=Required+parameters+missing",
    );
    for id in ["unknown0000000000000000001", ELSEWHERE.id, "a b"] {
        let answer = authorize(
            &app,
            Some(&cookie),
            &changed(&asked(WEB), &[("client_id", id)]),
        );
        page(&answer, "error=Client+does+not+exist");
    }
    for uri in [
        "https://app.test/callback/",
        "https://APP.test/callback",
        "https://app.test:443/callback",
        "https://app.test/callback?x=1",
        "https://app.test/callback#x",
        "https://evil.test/callback",
        "//app.test/callback",
        "https://app.test/bye",
    ] {
        let answer = authorize(
            &app,
            Some(&cookie),
            &changed(&asked(WEB), &[("redirect_uri", uri)]),
        );
        page(
            &answer,
            &format!("error=redirect_mismatch&client_id={}", WEB.id),
        );
    }
}

#[test]
fn later_mistakes_are_told_to_the_app_with_the_state() {
    let app = start();
    let cookie = browser(&app, "ana");
    let told = |client: AppClient<'_>, change: &[(&str, &str)]| {
        let request = changed(&asked(client), change);
        let sent = location(&authorize(&app, Some(&cookie), &request));
        let (uri, rest) = sent.split_once(['?', '#']).unwrap();
        assert_eq!(uri, CALLBACK, "{change:?}");
        rest.to_owned()
    };
    let invalid = "error=invalid_request&state=state-1";
    for change in [
        &[("response_type", "")][..],
        &[("response_type", "id_token")],
        &[("response_type", "code token")],
        &[("response_type", "Code")],
        &[("code_challenge", CHALLENGE)],
        &[("code_challenge_method", "S256")],
        &[
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "plain"),
        ],
        &[
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "s256"),
        ],
        &[
            ("code_challenge", "short"),
            ("code_challenge_method", "S256"),
        ],
        &[("prompt", "none login")],
        &[("resource", "no url")],
    ] {
        assert_eq!(told(WEB, change), invalid, "{change:?}");
    }
    let unauthorized = "error=unauthorized_client&state=state-1";
    assert_eq!(told(WEB, &[("response_type", "token")]), unauthorized);
    assert_eq!(told(IMPLICIT, &[]), unauthorized);
    let scope = "error=invalid_scope&state=state-1";
    for asked in [
        "unknown",
        "openid unknown",
        "shop/write",
        "email",
        "phone profile",
        "openid,email",
    ] {
        assert_eq!(told(WEB, &[("scope", asked)]), scope, "{asked}");
    }
    // The first mistake counts.
    assert_eq!(
        told(IMPLICIT, &[("scope", "x"), ("code_challenge", "x")]),
        unauthorized
    );
    assert_eq!(
        told(WEB, &[("scope", "x"), ("code_challenge", "x")]),
        invalid
    );
}

#[test]
fn a_client_without_oauth_has_no_address() {
    let app = start();
    for client in [PLAIN, MACHINE] {
        let answer = authorize(&app, None, &asked(client));
        page(
            &answer,
            &format!("error=redirect_mismatch&client_id={}", client.id),
        );
    }
}

#[test]
fn a_parameter_that_is_repeated_is_refused() {
    let app = start();
    let twice = |name: &'static str, value: &'static str| {
        let mut request = asked(WEB);
        request.push((name, value));
        request
    };
    for (name, value) in [("redirect_uri", "https://evil.test"), ("client_id", WEB.id)] {
        page(
            &authorize(&app, None, &twice(name, value)),
            "error=invalid_request",
        );
    }
    for (name, value) in [
        ("state", "x"),
        ("scope", "openid"),
        ("response_type", "code"),
    ] {
        let sent = location(&authorize(&app, None, &twice(name, value)));
        assert!(sent.starts_with(CALLBACK), "{sent}");
        assert_eq!(parameter(&sent, "error"), "invalid_request");
    }
}

#[test]
fn prompt_says_whether_the_user_is_asked() {
    let app = start();
    let cookie = browser(&app, "ana");
    let sent = |cookie: Option<&str>, prompt: &'static str| {
        location(&authorize(
            &app,
            cookie,
            &changed(&asked(WEB), &[("prompt", prompt)]),
        ))
    };
    let required = format!("{CALLBACK}?error=login_required&state=state-1");
    assert_eq!(sent(None, "none"), required);
    assert_eq!(sent(Some("unknown"), "none"), required);
    assert!(sent(Some(&cookie), "none").contains("?code="));
    let login = sent(Some(&cookie), "login consent");
    assert!(
        login.contains("/login?") && login.contains("prompt=login+consent"),
        "{login}"
    );
    // The session goes on.
    for prompt in ["select_account", "consent", "unknown"] {
        assert!(sent(Some(&cookie), prompt).contains("?code="), "{prompt}");
        assert!(sent(None, prompt).contains("/login?"), "{prompt}");
    }
}

#[test]
fn the_classic_pages_do_not_know_prompt() {
    let app = start();
    let ask = |cookie: Option<&str>, prompt: &'static str| {
        let request = changed(
            &asked(ELSEWHERE),
            &[("prompt", prompt), ("scope", "openid")],
        );
        let url = format!(
            "{}?{}",
            at_domain(&app, "other", "/oauth2/authorize"),
            encoded(&request)
        );
        location(&get(&app, &url, cookie))
    };
    assert!(ask(None, "none").contains("/login?"));
    let cookie = browser_of(&app, ELSEWHERE.pool, "ana");
    assert!(ask(Some(&cookie), "login").contains("?code="));
}

#[test]
fn only_get_authorizes() {
    let app = start();
    let request = http::Request::post(at(&app, "/oauth2/authorize"));
    let answer = app.send(request.body(encoded(&asked(SHOP)).into_bytes()).unwrap());
    assert_eq!((answer.status, answer.header("allow")), (405, "GET"));
    assert!(answer.body.is_empty());
}
