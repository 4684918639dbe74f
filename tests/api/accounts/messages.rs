//! How messages with codes are worded, and the link that confirms.

use serde_json::{Value, json};

use super::{call_for, messages, pool, sign_up};
use crate::world::{Answer, App, POOL, User, WEB};

/// Follows a link as a browser does.
fn follow(app: &App, link: &str) -> Answer {
    let request = http::Request::get(link).body(Vec::new()).unwrap();
    app.send(request)
}

fn link_of(message: &Value) -> &str {
    message["Link"].as_str().unwrap()
}

fn by_link() -> Value {
    json!({"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}})
}

#[test]
fn codes_are_worded_by_the_pool() {
    let template = json!({"EmailMessage": "Code: {####}!", "EmailSubject": "Hello", "SmsMessage": "{####} it is"});
    let sms = json!({"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"});
    let settings = json!({"VerificationMessageTemplate": template, "SmsConfiguration": sms,
        "AutoVerifiedAttributes": ["email", "phone_number"]});
    let app = pool(settings).start();
    sign_up(&app, "ana", &[("email", "ana@example.com")]).ok();
    sign_up(&app, "ben", &[("phone_number", "+12065550100")]).ok();
    let [email, sms] = &messages(&app)[..] else {
        panic!("two messages are sent");
    };
    let code = |message: &Value| message["Code"].as_str().unwrap().to_owned();
    assert_eq!(email["Message"], format!("Code: {}!", code(email)));
    assert_eq!(email["Subject"], "Hello");
    assert_eq!(sms["Message"], format!("{} it is", code(sms)));
    assert_eq!(sms["Subject"], Value::Null);
}

#[test]
fn a_link_confirms_and_serves_once() {
    let app = pool(by_link()).start();
    sign_up(&app, "ana", &[("email", "ana@example.com")]).ok();
    let message = messages(&app).pop().unwrap();
    let code = message["Code"].as_str().unwrap();
    let link = format!(
        "{}/confirmUser?client_id={}&user_name=ana&confirmation_code={code}",
        app.url(),
        WEB.id
    );
    assert_eq!(link_of(&message), link);
    assert_eq!(message["Subject"], "Your verification link");
    let anchor = format!(
        r#"<a href="{}">Verify Your Email</a>"#,
        link.replace('&', "&amp;")
    );
    let text = format!("Please click the link below to verify your email address. {anchor} ");
    assert_eq!(message["Message"], text);
    let page = follow(&app, &link);
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(String::from_utf8_lossy(&page.body).contains("Your registration has been confirmed."));
    assert_eq!(app.user("ana")["UserStatus"], "CONFIRMED");
    assert_eq!(app.attribute("ana", "email_verified"), "true");
    let page = follow(&app, &link);
    assert_eq!(page.status, 400);
    let text = String::from_utf8_lossy(&page.body).into_owned();
    assert!(
        text.contains("User cannot be confirmed. Current status is CONFIRMED"),
        "{text}"
    );
}

#[test]
fn a_link_that_is_wrong_confirms_nothing_and_repeats_nothing_unescaped() {
    let app = pool(by_link()).start();
    sign_up(&app, "ana", &[("email", "ana@example.com")]).ok();
    let message = messages(&app).pop().unwrap();
    let link = link_of(&message);
    let (start, _) = link.split_once('?').unwrap();
    for (query, sentence) in [
        ("", "The link is not complete."),
        ("client_id=x&user_name=ana", "The link is not complete."),
        (
            "client_id=%3Cb%3E&user_name=ana&confirmation_code=1",
            "User pool client &#60;b&#62; does not exist.",
        ),
        (
            &format!("client_id={}&user_name=nobody&confirmation_code=1", WEB.id),
            "Username/client id combination not found.",
        ),
        (
            &format!("client_id={}&user_name=ana&confirmation_code=1", WEB.id),
            "Invalid verification code provided, please try again.",
        ),
    ] {
        let page = follow(&app, &format!("{start}?{query}"));
        assert_eq!(page.status, 400);
        let text = String::from_utf8_lossy(&page.body).into_owned();
        assert!(text.contains(&format!("<h1>{sentence}</h1>")), "{text}");
    }
    let post = http::Request::post(link).body(Vec::new()).unwrap();
    assert_eq!(app.send(post).status, 405);
    assert_eq!(app.user("ana")["UserStatus"], "UNCONFIRMED");
    assert_eq!(follow(&app, link).status, 200);
}

#[test]
fn links_name_any_user_and_the_issuers_address() {
    let app = pool(by_link())
        .setup()
        .with("issuer", "https://id.example.com/auth")
        .start();
    sign_up(&app, "a&b=c+d%", &[("email", "ana@example.com")]).ok();
    let message = messages(&app).pop().unwrap();
    let link = link_of(&message);
    let (server, query) = link.split_once("/confirmUser?").unwrap();
    assert_eq!(server, "https://id.example.com/auth");
    let here = format!("{}/confirmUser/?{query}", app.url());
    assert_eq!(follow(&app, &here).status, 200);
    assert_eq!(app.user("a&b=c+d%")["UserStatus"], "CONFIRMED");
}

#[test]
fn other_codes_come_without_a_link_where_the_pool_confirms_by_links() {
    let ana = User::new("ana").verified_email("ana@example.com");
    let app = pool(by_link()).user(ana).start();
    call_for(&app, WEB, "ForgotPassword", "ana", json!({})).ok();
    let message = messages(&app).pop().unwrap();
    assert_eq!(message["Link"], Value::Null);
    let code = message["Code"].as_str().unwrap();
    assert_eq!(
        message["Message"],
        format!("Your verification code is {code}. ")
    );
    assert_eq!(message["UserPoolId"], POOL);
}
