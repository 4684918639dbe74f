//! What a sign-in asks for after the password.

use serde_json::{Value, json};

use super::{Browser, Page, last_code, pool, setup, sign_in};
use crate::world::{PASSWORD, POOL, User, totp};

const NEW: &str = "Another-Horse-8";

/// A pool that asks everybody for a second factor, one of these.
fn asking(config: Value) -> super::Pool {
    pool()
        .with(
            json!({"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/demo@example.com"}}),
        )
        .mfa(config)
}

fn by_email() -> Value {
    json!({"MfaConfiguration": "ON", "EmailMfaConfiguration": {}})
}

fn by_app() -> Value {
    json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}})
}

/// The secret that the page shows.
fn secret(page: &Page) -> String {
    let (_, rest) = page.text.split_once(": <code>").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

#[test]
fn a_temporary_password_is_replaced_and_missing_attributes_are_asked_for() {
    let required = json!({"Name": "nickname", "AttributeDataType": "String", "Mutable": true, "Required": true});
    let pool = pool().with(json!({"SchemaAttributes": [required]}));
    let app = setup(pool).start();
    let create = json!({"UserPoolId": POOL, "Username": "mia", "TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS"});
    app.call("AdminCreateUser", &create).ok();
    let browser = Browser::new(&app);
    let page = sign_in(&browser, "mia", PASSWORD);
    assert_eq!(page.heading(), "Choose a new password");
    let nickname = ("requiredAttributes[nickname]", "mi");
    let fields = |first: &'static str, second: &'static str| {
        [
            ("new_password", first),
            ("repeat_password", second),
            nickname,
        ]
    };
    let refused = browser.post(&page, &fields("short", "short"));
    assert_eq!(
        refused.alert(),
        "Password did not conform with policy: Password not long enough"
    );
    assert!(refused.text.contains(r#"value="mi""#));
    let refused = browser.post(&refused, &fields(NEW, PASSWORD));
    assert_eq!(refused.alert(), "The passwords are not the same.");
    browser.post(&refused, &fields(NEW, NEW)).code();
    assert_eq!(app.user("mia")["UserStatus"], "CONFIRMED");
    assert_eq!(app.attribute("mia", "nickname"), "mi");
}

#[test]
fn a_code_by_email_is_asked_for_and_a_wrong_one_can_be_mended() {
    let app = setup(asking(by_email())).start();
    let browser = Browser::new(&app);
    let page = sign_in(&browser, "ana", PASSWORD);
    assert_eq!(page.heading(), "Confirm that it is you");
    assert!(
        page.text.contains("We have sent a code to a***@e***."),
        "{}",
        page.text
    );
    assert!(page.text.contains(r#"autocomplete="one-time-code""#));
    let refused = browser.post(&page, &[("code", "abc")]);
    assert_eq!(
        (refused.answer.status, refused.heading()),
        (400, page.heading())
    );
    assert!(!refused.alert().is_empty());
    browser.post(&refused, &[("code", &last_code(&app))]).code();
    let used = browser.post(&refused, &[("code", &last_code(&app))]);
    assert_eq!(used.heading(), "Sign in", "the form has served");
    assert_eq!(
        used.alert(),
        "Invalid session for the user, session can only be used once."
    );
}

#[test]
fn a_form_that_waited_too_long_begins_anew() {
    let app = setup(asking(by_email())).start();
    let browser = Browser::new(&app);
    let page = sign_in(&browser, "ana", PASSWORD);
    app.seconds_pass(4 * 60);
    let page = browser.post(&page, &[("code", &last_code(&app))]);
    assert_eq!(page.heading(), "Sign in");
    assert_eq!(
        page.alert(),
        "Invalid session for the user, session is expired."
    );
}

#[test]
fn an_app_is_set_up_by_a_picture_or_its_secret() {
    let app = setup(asking(by_app())).start();
    let browser = Browser::new(&app);
    let page = sign_in(&browser, "ana", PASSWORD);
    assert_eq!(page.heading(), "Set up a second step");
    assert!(page.text.contains("src=\"data:image/svg+xml;base64,"));
    let secret = secret(&page);
    let refused = browser.post(&page, &[("code", "000"), ("device_name", "phone")]);
    assert_eq!(refused.alert(), "Code mismatch");
    assert_eq!(
        self::secret(&refused),
        secret,
        "the same secret is shown again"
    );
    let done = [("code", &*totp(&app, &secret)), ("device_name", "phone")];
    browser.post(&refused, &done).code();
    let factors = &app.user("ana")["UserMFASettingList"];
    assert_eq!(*factors, json!(["SOFTWARE_TOKEN_MFA"]));
    let page = sign_in(&browser, "ana", PASSWORD);
    assert!(
        page.text
            .contains("Enter the code that your authenticator app shows.")
    );
}

#[test]
fn an_address_is_set_up_where_the_user_has_none() {
    let zoe = User::new("zoe").password(PASSWORD);
    let app = setup(asking(by_email()).user(zoe)).start();
    let browser = Browser::new(&app);
    let page = sign_in(&browser, "zoe", PASSWORD);
    assert_eq!(page.heading(), "Set up a second step");
    let page = browser.post(&page, &[("destination", "zoe@example.com")]);
    assert!(
        page.text.contains("We have sent a code to z***@e***."),
        "{}",
        page.text
    );
    browser.post(&page, &[("code", &last_code(&app))]).code();
    assert_eq!(app.attribute("zoe", "email"), "zoe@example.com");
}

#[test]
fn a_user_with_several_factors_chooses_and_one_with_none_chooses_what_to_set_up() {
    let both = json!({"MfaConfiguration": "ON", "EmailMfaConfiguration": {},
        "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    let zoe = User::new("zoe").password(PASSWORD);
    let app = setup(asking(both).user(zoe)).start();
    let browser = Browser::new(&app);
    let page = sign_in(&browser, "zoe", PASSWORD);
    assert!(page.text.contains(r#"value="EMAIL_OTP""#), "{}", page.text);
    let wrong = browser.post(&page, &[("answer", "SMS_MFA")]);
    assert_eq!(
        (wrong.answer.status, wrong.heading()),
        (400, page.heading())
    );
    let page = browser.post(&page, &[("answer", "SOFTWARE_TOKEN_MFA")]);
    let secret = secret(&page);
    browser
        .post(&page, &[("code", &totp(&app, &secret))])
        .code();
    let user = json!({"UserPoolId": POOL, "Username": "zoe", "UserAttributes": [
        {"Name": "email", "Value": "zoe@example.com"}, {"Name": "email_verified", "Value": "true"}]});
    app.call("AdminUpdateUserAttributes", &user).ok();
    let preferences = json!({"UserPoolId": POOL, "Username": "zoe", "EmailMfaSettings": {"Enabled": true},
        "SoftwareTokenMfaSettings": {"Enabled": true}});
    app.call("AdminSetUserMFAPreference", &preferences).ok();
    let page = sign_in(&browser, "zoe", PASSWORD);
    assert!(
        page.text
            .contains("How do you want to confirm that it is you?"),
        "{}",
        page.text
    );
    let page = browser.post(&page, &[("answer", "EMAIL_OTP")]);
    browser.post(&page, &[("code", &last_code(&app))]).code();
}
