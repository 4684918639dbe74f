//! What others try: forms of other sites, frames, redirects to elsewhere, scripts in values.

use super::{Browser, CALLBACK, at, login_page, pool, setup, sign_in, start};
use crate::world::{DISCREET, PASSWORD, User, WEB};

#[test]
fn a_form_without_the_field_and_the_cookie_of_this_browser_does_nothing() {
    let app = start();
    let attacker = Browser::new(&app);
    let theirs = login_page(&attacker);
    let fields = [("username", "ana"), ("password", PASSWORD)];
    // The victim's browser has no cookie, or its own, and the form holds the attacker's field, another one, or none.
    for visited in [false, true] {
        for field in [None, Some(""), Some("0")] {
            let victim = Browser::new(&app);
            if visited {
                login_page(&victim);
            }
            let mut fields = fields.to_vec();
            fields.extend(field.map(|value| ("_csrf", value)));
            let page = victim.post(&theirs, &fields);
            assert_eq!(page.answer.status, 403);
            assert_eq!(
                page.alert(),
                "The form was no longer valid. Please try again."
            );
            assert_eq!(victim.cookie("cognito"), None);
            // The page that says so has a form that works.
            victim.post(&page, &fields[..2]).code();
        }
    }
}

#[test]
fn the_field_of_one_pool_is_none_of_another() {
    let app = start();
    let other = setup(pool()).drawing_keys().start();
    let browser = Browser::new(&other);
    let page = login_page(&browser);
    let here = Browser::new(&app);
    let mine = login_page(&here);
    let field = &page.hidden()[0].1;
    let fields = [
        ("username", "ana"),
        ("password", PASSWORD),
        ("_csrf", field),
    ];
    assert_eq!(here.post(&mine, &fields).answer.status, 403);
}

#[test]
fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let app = setup(pool())
        .with("issuer", "https://id.example.com")
        .start();
    let page = login_page(&Browser::new(&app));
    let cookie = page.answer.header("set-cookie");
    let (_, attributes) = cookie.split_once(';').unwrap();
    assert_eq!(
        attributes,
        " Path=/_poolhouse/domains/people; HttpOnly; SameSite=Lax; Secure"
    );
    let signed_in = sign_in(&Browser::new(&app), "ana", PASSWORD);
    let cookie = signed_in.answer.header("set-cookie");
    assert!(
        cookie.ends_with("HttpOnly; SameSite=Lax; Secure"),
        "{cookie}"
    );
}

#[test]
fn a_form_may_lead_to_this_server_and_the_addresses_of_the_client_alone() {
    let app = start();
    let page = login_page(&Browser::new(&app));
    let policy = page.answer.header("content-security-policy");
    let targets = "form-action 'self' http://localhost:3000 https://app.test";
    assert!(policy.ends_with(targets), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.answer.header("x-frame-options"), "DENY");
    assert_eq!(page.answer.header("referrer-policy"), "no-referrer");
}

#[test]
fn nobody_is_led_to_an_address_that_is_not_the_clients() {
    let app = start();
    let browser = Browser::new(&app);
    let page = login_page(&browser);
    for uri in [
        "https://evil.test",
        "//evil.test",
        "http://localhost:3000/callback.evil.test",
        "",
    ] {
        let path = page.path.replace(
            &form_urlencoded::byte_serialize(CALLBACK.as_bytes()).collect::<String>(),
            &form_urlencoded::byte_serialize(uri.as_bytes()).collect::<String>(),
        );
        let text = page
            .text
            .replace(&page.action().replace('&', "&#38;"), "login");
        let moved = super::Page {
            path,
            text,
            answer: browser.open(&page.path).answer,
        };
        let (_, query) = moved.path.split_once('?').unwrap();
        let action = format!("action=\"login?{}\"", query.replace('&', "&#38;"));
        let text = moved.text.replace("action=\"login\"", &action);
        let moved = super::Page { text, ..moved };
        let answer = browser.post(&moved, &[("username", "ana"), ("password", PASSWORD)]);
        let location = answer.location();
        assert!(
            location.starts_with("/_poolhouse/domains/people/error?"),
            "{location}"
        );
    }
}

#[test]
fn every_value_that_comes_back_is_text() {
    let app = setup(pool().user(User::new("ben"))).start();
    let script = r#""><script>alert(1)</script>'"#;
    let browser = Browser::new(&app);
    let more = [
        ("login_hint", script),
        ("state", script),
        ("lang", script),
        ("x", script),
    ];
    for page in ["login", "signup", "forgotPassword"] {
        let page = browser.open(&at(page, WEB.id, &more));
        assert_eq!(page.answer.status, 200);
        assert!(!page.text.contains("<script"), "{}", page.text);
        let fields = [
            ("username", script),
            ("password", script),
            ("requiredAttributes[email]", script),
        ];
        let page = browser.post(&page, &fields);
        assert!(!page.text.contains("<script"), "{}", page.text);
    }
    let encoded: String = form_urlencoded::byte_serialize(script.as_bytes()).collect();
    let error = browser.open(&format!("/_poolhouse/domains/people/error?error={encoded}"));
    assert!(!error.text.contains("<script"));
}

#[test]
fn what_a_form_carries_for_the_server_serves_its_client_and_its_use_alone() {
    let app = start();
    let browser = Browser::new(&app);
    let page = browser.open(&at("forgotPassword", WEB.id, &[]));
    let page = browser.post(&page, &[("username", "ana")]);
    let hidden = page.hidden();
    let state = &hidden.iter().find(|(name, _)| name == "state").unwrap().1;
    let login = browser.open(&at("login", WEB.id, &[]));
    let answer = browser.post(&login, &[("state", state), ("code", "123456")]);
    assert_eq!(answer.alert(), "Invalid session for the user.");
    let other = browser.open(&at("forgotPassword", DISCREET.id, &[]));
    let mut text = other
        .text
        .replace("action=\"forgotPassword", "action=\"confirmforgotPassword");
    let field = format!(r#"<input type="hidden" name="state" value="{state}">"#);
    text.push_str(&field);
    let other = super::Page { text, ..other };
    let answer = browser.post(
        &other,
        &[
            ("code", "123456"),
            ("new_password", "x"),
            ("repeat_password", "x"),
        ],
    );
    assert_eq!(
        answer.alert(),
        "The form was no longer valid. Please try again."
    );
}
