//! The invitations of `AdminCreateUser`.

use serde_json::{Value, json};

use super::{messages, pool};
use crate::world::{App, NEW, POOL, WEB, attributes, merge, respond, sign_in_by_password};

/// Creates a user with both an address and a number.
fn create(app: &App, name: &str, more: Value) {
    let given = attributes(&[
        ("email", "ana@example.com"),
        ("phone_number", "+12065550100"),
    ]);
    let mut input = json!({"UserPoolId": POOL, "Username": name, "UserAttributes": given});
    merge(&mut input, more);
    app.call("AdminCreateUser", &input).ok();
}

fn mediums(app: &App) -> Vec<Value> {
    let messages = messages(app).into_iter();
    messages
        .map(|message| message["DeliveryMedium"].clone())
        .collect()
}

#[test]
fn an_invitation_has_the_temporary_password_until_it_is_replaced() {
    let app = pool(json!({})).start();
    create(&app, "ana", json!({"DesiredDeliveryMediums": ["EMAIL"]}));
    let message = messages(&app).pop().unwrap();
    let password = message["Code"].as_str().unwrap().to_owned();
    assert_eq!(message["Purpose"], "AdminCreateUser");
    assert_eq!(message["Subject"], "Your temporary password");
    assert_eq!(
        message["Message"],
        format!("Your username is ana and temporary password is {password}. ")
    );
    assert_eq!(message["ExpirationDate"], 1_795_357_380.5 + 7.0 * 86400.0);
    let asked = sign_in_by_password(&app, WEB, "ana", &password, &[]).ok();
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    assert_eq!(messages(&app).len(), 1);
    let responses = json!({"USERNAME": "ana", "NEW_PASSWORD": NEW});
    respond(&app, WEB, "NEW_PASSWORD_REQUIRED", &asked, responses).ok();
    assert_eq!(messages(&app), Vec::<Value>::new());
}

#[test]
fn it_goes_by_sms_unless_the_request_names_other_media() {
    for (more, expected) in [
        (json!({}), json!(["SMS"])),
        (json!({"DesiredDeliveryMediums": []}), json!(["SMS"])),
        (
            json!({"DesiredDeliveryMediums": ["EMAIL"]}),
            json!(["EMAIL"]),
        ),
        (
            json!({"DesiredDeliveryMediums": ["SMS", "EMAIL"]}),
            json!(["EMAIL", "SMS"]),
        ),
        (json!({"MessageAction": "SUPPRESS"}), json!([])),
    ] {
        let app = pool(json!({})).start();
        create(&app, "ana", more);
        assert_eq!(json!(mediums(&app)), expected);
    }
    // Who has nothing that it could go to is created without one.
    let app = pool(json!({})).start();
    create(&app, "ana", json!({"UserAttributes": []}));
    assert_eq!(mediums(&app), Vec::<Value>::new());
}

#[test]
fn another_invitation_takes_the_place_of_the_first() {
    let app = pool(json!({})).start();
    create(&app, "ana", json!({}));
    let first = messages(&app).pop().unwrap()["Code"].clone();
    let again = json!({"UserPoolId": POOL, "Username": "ana", "MessageAction": "RESEND", "DesiredDeliveryMediums": ["EMAIL"]});
    app.call("AdminCreateUser", &again).ok();
    let [message] = &messages(&app)[..] else {
        panic!("the first invitation is gone");
    };
    assert_eq!(message["DeliveryMedium"], "EMAIL");
    assert_ne!(message["Code"], first);
    let password = message["Code"].as_str().unwrap();
    sign_in_by_password(&app, WEB, "ana", password, &[]).ok();
}

#[test]
fn the_pool_words_it() {
    let template = json!({"EmailMessage": "Hi {username}, {####} is yours, {username}", "EmailSubject": "Hi",
        "SMSMessage": "{####}/{username}"});
    let app = pool(json!({"AdminCreateUserConfig": {"InviteMessageTemplate": template}})).start();
    let both = json!(["SMS", "EMAIL"]);
    let more = json!({"DesiredDeliveryMediums": both, "TemporaryPassword": "{username}1aA!"});
    create(&app, "{####}", more);
    let texts: Vec<Value> = { messages(&app).into_iter() }
        .map(|message| message["Message"].clone())
        .collect();
    assert_eq!(
        texts,
        [
            "Hi {####}, {username}1aA! is yours, {####}",
            "{username}1aA!/{####}"
        ]
    );
}
