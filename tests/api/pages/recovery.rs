//! Forgotten passwords.

use serde_json::json;

use super::{Browser, Page, at, last_code, login_page, messages, sign_in, start};
use crate::world::{DISCREET, PASSWORD, POOL, WEB};

const NEW: &str = "Another-Horse-8";

fn forget(browser: &Browser<'_>, client: &str, name: &str) -> Page {
    let page = browser.open(&at("forgotPassword", client, &[]));
    assert_eq!(page.heading(), "Reset your password");
    browser.post(&page, &[("username", name)])
}

fn reset(browser: &Browser<'_>, page: &Page, code: &str, password: &str) -> Page {
    let fields = [
        ("code", code),
        ("new_password", password),
        ("repeat_password", password),
    ];
    browser.post(page, &fields)
}

#[test]
fn a_code_sets_a_new_password() {
    let app = start();
    let browser = Browser::new(&app);
    let path = login_page(&browser).link("Forgot your password?").unwrap();
    assert!(path.starts_with("/_poolhouse/domains/people/forgotPassword?client_id="));
    let page = forget(&browser, WEB.id, "ana");
    assert!(
        page.text.contains("We have sent a code to a***@e***."),
        "{}",
        page.text
    );
    let code = last_code(&app);
    let refused = reset(&browser, &page, "000", NEW);
    assert_eq!(
        refused.alert(),
        "Invalid verification code provided, please try again."
    );
    let refused = reset(&browser, &refused, &code, "short");
    assert_eq!(
        refused.alert(),
        "Password did not conform with policy: Password not long enough"
    );
    let differs = [
        ("code", &*code),
        ("new_password", NEW),
        ("repeat_password", PASSWORD),
    ];
    let refused = browser.post(&refused, &differs);
    assert_eq!(refused.alert(), "The passwords are not the same.");
    let page = reset(&browser, &refused, &code, NEW);
    assert_eq!(
        page.notice(),
        "Your password is changed. You can sign in with it now."
    );
    sign_in(&browser, "ana", NEW).code();
}

#[test]
fn another_code_is_sent_by_the_button() {
    let app = start();
    let browser = Browser::new(&app);
    let page = forget(&browser, WEB.id, "ana");
    let page = browser.post(&page, &[("action", "resend")]);
    assert_eq!(page.notice(), "A new code is on its way.");
    assert_eq!(messages(&app).len(), 2);
    let page = reset(&browser, &page, &last_code(&app), NEW);
    assert_eq!(page.heading(), "Sign in");
}

#[test]
fn who_exists_is_told_only_where_the_client_tells_it() {
    let app = start();
    let browser = Browser::new(&app);
    let page = forget(&browser, WEB.id, "nobody");
    assert_eq!(page.alert(), "Username/client id combination not found.");
    let page = forget(&browser, DISCREET.id, "nobody");
    assert!(
        page.text.contains("We have sent a code to "),
        "{}",
        page.text
    );
    assert_eq!(messages(&app).len(), 0);
    let page = reset(&browser, &page, "123456", NEW);
    assert_eq!(
        page.alert(),
        "Invalid verification code provided, please try again."
    );
}

#[test]
fn somebody_whose_password_was_reset_is_led_to_the_code() {
    let app = start();
    let user = json!({"UserPoolId": POOL, "Username": "ana"});
    app.call("AdminResetUserPassword", &user).ok();
    let browser = Browser::new(&app);
    let page = sign_in(&browser, "ana", PASSWORD);
    assert_eq!(page.heading(), "Reset your password");
    assert_eq!(page.alert(), "Password reset required for the user");
    let page = reset(&browser, &page, &last_code(&app), NEW);
    assert_eq!(page.heading(), "Sign in");
    sign_in(&browser, "ana", NEW).code();
}

#[test]
fn the_page_for_the_new_password_is_reached_from_another_one_only() {
    let app = start();
    let page = Browser::new(&app).open(&at("confirmforgotPassword", WEB.id, &[]));
    assert!(
        page.location()
            .starts_with("/_poolhouse/domains/people/forgotPassword?")
    );
}
