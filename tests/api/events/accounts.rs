//! Events of signing up, of codes that are sent again, and of forgotten passwords.

use serde_json::{Value, json};

use super::{PLAIN, events, last, protected, request_id, told};
use crate::world::{
    Answer, App, AppClient, DISCREET, NEW, PASSWORD, POOL, Pool, Setup, User, WEB, attributes,
    hides_users, merge, seed_of,
};

/// A pool with threat protection that verifies email addresses, and one without threat protection.
fn setup() -> Setup {
    let ana = || {
        User::new("ana")
            .password(PASSWORD)
            .verified_email("ana@example.com")
    };
    let pool = Pool::new(POOL)
        .with(protected("ENFORCED"))
        .with(json!({"AutoVerifiedAttributes": ["email"]}))
        .client(WEB)
        .client_with(DISCREET, hides_users())
        .user(ana())
        .user(User::new("pia").password(PASSWORD));
    let plain = Pool::new(PLAIN.pool)
        .with(json!({"AutoVerifiedAttributes": ["email"]}))
        .client(PLAIN)
        .user(ana());
    Setup::new().seeded(seed_of([pool, plain]))
}

/// Calls an operation through the client for the user, with further members.
fn call(app: &App, client: AppClient<'_>, operation: &str, name: &str, more: Value) -> Answer {
    let mut input = json!({"ClientId": client.id, "Username": name});
    merge(&mut input, more);
    app.call_open(operation, &input)
}

fn sign_up(app: &App, client: AppClient<'_>, name: &str) -> Answer {
    let given = attributes(&[("email", &format!("{name}@example.com"))]);
    let more = json!({"Password": PASSWORD, "UserAttributes": given});
    call(app, client, "SignUp", name, more)
}

fn confirm_password(app: &App, client: AppClient<'_>, name: &str, code: &str) -> Answer {
    let more = json!({"ConfirmationCode": code, "Password": NEW});
    call(app, client, "ConfirmForgotPassword", name, more)
}

/// The code of the newest message.
fn last_code(app: &App) -> String {
    let shown = app.get_signed("/_poolhouse/outbox").ok();
    let newest = shown["Messages"].as_array().unwrap().last().unwrap();
    newest["Code"].as_str().unwrap().to_owned()
}

#[test]
fn signing_up_is_an_event_and_so_is_a_code_that_is_sent_again() {
    let app = setup().start();
    let answer = sign_up(&app, WEB, "nia");
    answer.ok();
    let event = last(&app, "nia");
    assert_eq!(told(&event), ("SignUp", "Pass", json!({})));
    assert_eq!(event["EventId"], request_id(&answer));
    assert_eq!(event["EventContextData"]["IpAddress"], "127.0.0.1");
    call(&app, WEB, "ResendConfirmationCode", "nia", json!({})).ok();
    assert_eq!(told(&last(&app, "nia")), ("ResendCode", "Pass", json!({})));
    // What is refused is no event of the user whose name it is.
    assert_ne!(sign_up(&app, WEB, "ana").status, 200);
    assert_ne!(
        call(&app, WEB, "ResendConfirmationCode", "ana", json!({})).status,
        200
    );
    assert!(events(&app, "ana").is_empty());
    assert_eq!(events(&app, "nia").len(), 2);
}

#[test]
fn a_forgotten_password_is_an_event_and_its_change_another() {
    let app = setup().start();
    call(&app, WEB, "ForgotPassword", "ana", json!({})).ok();
    assert_eq!(
        told(&last(&app, "ana")),
        ("ForgotPassword", "Pass", json!({}))
    );
    let code = last_code(&app);
    let wrong = if code == "111111" { "222222" } else { "111111" };
    assert_ne!(confirm_password(&app, WEB, "ana", wrong).status, 200);
    assert_eq!(
        told(&last(&app, "ana")),
        ("PasswordChange", "Fail", json!({}))
    );
    let answer = confirm_password(&app, WEB, "ana", &code);
    answer.ok();
    let event = last(&app, "ana");
    assert_eq!(told(&event), ("PasswordChange", "Pass", json!({})));
    assert_eq!(event["EventId"], request_id(&answer));
    assert_eq!(events(&app, "ana").len(), 3);
}

#[test]
fn nothing_is_recorded_of_names_that_nobody_has_and_where_no_code_was_sent() {
    let app = setup().on_disk().start();
    let kept = || -> i64 {
        let counted = "SELECT count(*) FROM auth_events";
        app.file().query_row(counted, [], |row| row.get(0)).unwrap()
    };
    for name in ["nobody", "pia"] {
        call(&app, DISCREET, "ForgotPassword", name, json!({})).ok();
        assert_ne!(confirm_password(&app, DISCREET, name, "111111").status, 200);
        call(&app, DISCREET, "ResendConfirmationCode", name, json!({})).ok();
        assert_ne!(
            call(&app, WEB, "ForgotPassword", name, json!({})).status,
            200
        );
    }
    sign_up(&app, PLAIN, "nia").ok();
    call(&app, PLAIN, "ResendConfirmationCode", "nia", json!({})).ok();
    call(&app, PLAIN, "ForgotPassword", "ana", json!({})).ok();
    confirm_password(&app, PLAIN, "ana", &last_code(&app)).ok();
    // Pia exists, and a wrong code for her is an attempt at her password.
    assert_eq!(kept(), 1);
    assert_eq!(
        told(&last(&app, "pia")),
        ("PasswordChange", "Fail", json!({}))
    );
}
