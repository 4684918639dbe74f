//! Signing up, and confirming it.

use serde_json::json;

use super::{Browser, Page, at, last_code, login_page, messages, pool, setup, sign_in, start};
use crate::world::{App, PASSWORD, WEB};

const EMAIL: &str = "requiredAttributes[email]";

fn sign_up(browser: &Browser<'_>, name: &str, more: &[(&str, &str)]) -> Page {
    let page = browser.open(&at("signup", WEB.id, &[]));
    let mut fields = vec![("username", name), ("password", PASSWORD)];
    fields.extend(more);
    browser.post(&page, &fields)
}

fn other_than(code: &str) -> &'static str {
    if code == "111111" { "222222" } else { "111111" }
}

fn status(app: &App, name: &str) -> String {
    app.user(name)["UserStatus"].as_str().unwrap().to_owned()
}

#[test]
fn somebody_signs_up_confirms_by_the_code_and_signs_in() {
    let app = start();
    let browser = Browser::new(&app);
    let path = login_page(&browser).link("Create an account").unwrap();
    assert!(path.starts_with("/_poolhouse/domains/people/signup?client_id="));
    let page = sign_up(&browser, "mia", &[(EMAIL, "mia@example.com")]);
    assert_eq!(page.heading(), "Confirm your account");
    assert!(
        page.text.contains("We have sent a code to m***@e***."),
        "{}",
        page.text
    );
    let code = last_code(&app);
    let refused = browser.post(&page, &[("code", other_than(&code))]);
    assert_eq!(
        refused.alert(),
        "Invalid verification code provided, please try again."
    );
    assert_eq!(status(&app, "mia"), "UNCONFIRMED");
    let page = browser.post(&refused, &[("code", &format!(" {code} "))]);
    assert_eq!(
        page.notice(),
        "Your account is confirmed. You can sign in now."
    );
    assert_eq!(status(&app, "mia"), "CONFIRMED");
    browser
        .post(&page, &[("username", "mia"), ("password", PASSWORD)])
        .code();
}

#[test]
fn another_code_is_sent_by_the_button() {
    let app = start();
    let browser = Browser::new(&app);
    let page = sign_up(&browser, "mia", &[(EMAIL, "mia@example.com")]);
    let page = browser.post(&page, &[("action", "resend")]);
    assert_eq!(page.notice(), "A new code is on its way.");
    assert_eq!(messages(&app).len(), 2);
    let page = browser.post(&page, &[("code", &last_code(&app))]);
    assert_eq!(page.heading(), "Sign in");
}

#[test]
fn somebody_who_signs_in_before_confirming_is_led_to_the_code() {
    let app = start();
    let browser = Browser::new(&app);
    sign_up(&browser, "mia", &[(EMAIL, "mia@example.com")]);
    let page = sign_in(&browser, "mia", PASSWORD);
    assert_eq!(page.heading(), "Confirm your account");
    assert_eq!(page.alert(), "User is not confirmed.");
    let page = browser.post(&page, &[("code", &last_code(&app))]);
    assert_eq!(page.heading(), "Sign in");
}

#[test]
fn a_refused_application_keeps_what_was_typed_but_the_password() {
    let app = start();
    let browser = Browser::new(&app);
    let page = sign_up(&browser, "ana", &[(EMAIL, "new@example.com")]);
    assert_eq!(
        (page.answer.status, page.alert()),
        (400, "User already exists".to_owned())
    );
    assert!(page.text.contains(r#"value="new@example.com""#));
    assert!(!page.text.contains(PASSWORD));
    let page = browser.post(
        &page,
        &[("username", "mia"), ("password", "short"), (EMAIL, "x")],
    );
    assert_eq!(page.alert(), "Invalid email address format.");
    let page = browser.post(
        &page,
        &[
            ("username", "mia"),
            ("password", "short"),
            (EMAIL, "m@e.com"),
        ],
    );
    assert_eq!(
        page.alert(),
        "Password did not conform with policy: Password not long enough"
    );
    let page = browser.post(
        &page,
        &[
            ("username", "a b"),
            ("password", PASSWORD),
            (EMAIL, "m@e.com"),
        ],
    );
    assert!(
        page.alert().contains("regular expression pattern"),
        "{}",
        page.alert()
    );
}

#[test]
fn the_form_asks_for_what_the_pool_requires() {
    let required = |name: &str| json!({"Name": name, "AttributeDataType": "String", "Mutable": true, "Required": true});
    let schema = json!({"SchemaAttributes": [required("given_name"), required("birthdate")]});
    let app = setup(pool().with(schema)).start();
    let browser = Browser::new(&app);
    let page = browser.open(&at("signup", WEB.id, &[]));
    for field in [
        r#"name="requiredAttributes[birthdate]" type="date" value="" autocomplete="bday" required"#,
        r#"name="requiredAttributes[given_name]" type="text" value="" autocomplete="given-name" required"#,
        r#"name="requiredAttributes[email]" type="email" value="" autocomplete="email" required"#,
    ] {
        assert!(page.text.contains(field), "{field}: {}", page.text);
    }
    let given = [
        (EMAIL, "mia@example.com"),
        ("requiredAttributes[given_name]", "Mia"),
        ("requiredAttributes[birthdate]", "2000-01-02"),
        ("requiredAttributes[nickname]", "not asked for"),
    ];
    let page = sign_up(&browser, "mia", &given);
    assert_eq!(page.heading(), "Confirm your account");
    assert_eq!(app.attribute("mia", "birthdate"), "2000-01-02");
    assert_eq!(app.attribute("mia", "nickname"), json!(null));
}

#[test]
fn where_nothing_is_verified_an_administrator_has_to_confirm() {
    let app = setup(pool().with(json!({"AutoVerifiedAttributes": []}))).start();
    let browser = Browser::new(&app);
    let page = sign_up(&browser, "mia", &[]);
    assert!(
        page.notice().contains("An administrator has to confirm it"),
        "{}",
        page.text
    );
    assert_eq!(status(&app, "mia"), "UNCONFIRMED");
}

#[test]
fn where_administrators_alone_create_users_nobody_signs_up() {
    let closed = json!({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true}});
    let app = setup(pool().with(closed)).start();
    let page = sign_up(&Browser::new(&app), "mia", &[(EMAIL, "mia@example.com")]);
    assert_eq!(page.alert(), "SignUp is not permitted for this user pool");
}

#[test]
fn the_page_for_the_code_is_reached_from_another_one_only() {
    let app = start();
    let page = Browser::new(&app).open(&at("confirm", WEB.id, &[]));
    assert!(
        page.location()
            .starts_with("/_poolhouse/domains/people/login?client_id=")
    );
}
