//! `SignUp`.

use serde_json::{Value, json};

use super::{call_for, messages, pool, sign_up};
use crate::world::{
    DISCREET, PASSWORD, Pool, User, WEB, WITH_SECRET, WRONG_PASSWORD, at_once, secret_hash,
    sign_in_by_password, value_of,
};

#[test]
fn somebody_who_signs_up_is_a_user_who_waits_for_a_code() {
    let app = pool(json!({})).start();
    let answer = sign_up(&app, "ana", &[("email", "ana@example.com")]).ok();
    let user = app.user("ana");
    assert_eq!(answer["UserConfirmed"], false);
    assert_eq!(answer["UserSub"], value_of(&user["UserAttributes"], "sub"));
    let told =
        json!({"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "a***@e***"});
    assert_eq!(answer["CodeDeliveryDetails"], told);
    assert_eq!(user["UserStatus"], "UNCONFIRMED");
    assert_eq!(user["Enabled"], true);
    assert_eq!(
        value_of(&user["UserAttributes"], "email_verified"),
        Value::Null
    );
    let [message] = &messages(&app)[..] else {
        panic!("one message is sent");
    };
    let code = message["Code"].as_str().unwrap();
    assert_eq!(message["Purpose"], "SignUp");
    assert_eq!(message["Destination"], "ana@example.com");
    assert_eq!(message["Subject"], "Your verification code");
    assert_eq!(
        message["Message"],
        format!("Your verification code is {code}. ")
    );
    // Only the right password tells that the user is not confirmed.
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[])
        .refused("UserNotConfirmedException", "User is not confirmed.");
    sign_in_by_password(&app, WEB, "ana", "wrong", &[]).refused_as(WRONG_PASSWORD);
}

#[test]
fn the_code_goes_to_what_the_pool_verifies_and_to_the_phone_first() {
    let both = [
        ("email", "ana@example.com"),
        ("phone_number", "+12065550100"),
    ];
    let sms = json!({"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}});
    let verifying = |attributes: Value| {
        let app = pool(json!({"AutoVerifiedAttributes": attributes})).with(sms.clone());
        app.start()
    };
    for (verified, given, sent) in [
        (json!([]), &both[..], Value::Null),
        (json!(["email"]), &both[..], json!("a***@e***")),
        (json!(["email"]), &both[1..], Value::Null),
        (
            json!(["email", "phone_number"]),
            &both[..],
            json!("+*******0100"),
        ),
        (
            json!(["email", "phone_number"]),
            &both[..1],
            json!("a***@e***"),
        ),
        (json!(["phone_number"]), &both[..1], Value::Null),
    ] {
        let app = verifying(verified);
        let answer = sign_up(&app, "ana", given).ok();
        assert_eq!(answer["CodeDeliveryDetails"]["Destination"], sent);
        assert_eq!(messages(&app).len(), usize::from(!sent.is_null()));
    }
}

#[test]
fn a_name_that_is_taken_is_refused_whether_the_client_hides_users_or_not() {
    let app = pool(json!({"UsernameConfiguration": {"CaseSensitive": false}}))
        .user(User::new("ana"))
        .start();
    for client in [WEB, DISCREET] {
        for name in ["ana", "ANA"] {
            call_for(&app, client, "SignUp", name, json!({"Password": PASSWORD}))
                .refused("UsernameExistsException", "User already exists");
        }
    }
}

#[test]
fn of_many_who_sign_up_under_one_name_one_wins() {
    let app = pool(json!({})).start();
    let answers = at_once(|| sign_up(&app, "ana", &[]));
    let won = (200, String::new());
    let lost = (400, "User already exists".to_owned());
    assert_eq!(answers, [(won, 1), (lost, 15)].into());
}

#[test]
fn where_an_address_is_the_name_the_username_is_the_sub() {
    let app = Pool::new(WEB.pool)
        .with(json!({"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}))
        .client(WEB)
        .start();
    let answer = sign_up(&app, "ana@example.com", &[]).ok();
    let user = app.user("ana@example.com");
    assert_eq!(user["Username"], answer["UserSub"]);
    assert_eq!(
        value_of(&user["UserAttributes"], "email"),
        "ana@example.com"
    );
    assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "a***@e***");
    sign_up(&app, "ana@example.com", &[]).refused(
        "UsernameExistsException",
        "An account with the given email already exists.",
    );
    sign_up(&app, "ana", &[]).refused("InvalidParameterException", "Username should be an email.");
}

#[test]
fn where_an_address_is_an_alias_it_is_no_name_and_may_be_anothers_until_it_is_verified() {
    let app = pool(json!({"AliasAttributes": ["email", "preferred_username"]}))
        .user(User::new("ben").verified_email("shared@example.com"))
        .start();
    sign_up(&app, "ana@example.com", &[]).refused(
        "InvalidParameterException",
        "Username cannot be of email format, since user pool is configured for email alias.",
    );
    sign_up(&app, "ana", &[("email", "shared@example.com")]).ok();
    assert_eq!(app.user("shared@example.com")["Username"], "ben");
    sign_up(&app, "cleo", &[("preferred_username", "cc")]).refused(
        "InvalidParameterException",
        "Preferred username cannot be set before the user is confirmed, since user pool is configured for preferred username \
         alias.",
    );
}

#[test]
fn administrators_alone_may_create_users() {
    let app = pool(json!({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true}})).start();
    sign_up(&app, "ana", &[]).refused(
        "NotAuthorizedException",
        "SignUp is not permitted for this user pool",
    );
}

#[test]
fn attributes_are_held_to_the_schema_and_to_the_client() {
    let required = |name: &str| json!({"Name": name, "AttributeDataType": "String", "Required": true, "Mutable": true});
    let app = pool(json!({"SchemaAttributes": [required("email"), required("name")]})).start();
    let not_conforming = "Attributes did not conform to the schema: ";
    for (given, complaint) in [
        (
            &[][..],
            "email: The attribute is required\nname: The attribute is required\n",
        ),
        (&[("name", "Ana")][..], "email: The attribute is required\n"),
    ] {
        sign_up(&app, "ana", given).refused(
            "InvalidParameterException",
            &format!("{not_conforming}{complaint}"),
        );
    }
    let complete = [("name", "Ana"), ("email", "ana@example.com")];
    for (flag, value) in [("email_verified", "true"), ("sub", "mine")] {
        let given = [&complete[..], &[(flag, value)]].concat();
        sign_up(&app, "ana", &given).refused(
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        );
    }
    sign_up(&app, "ana", &[("name", "Ana"), ("email", "ana")])
        .refused("InvalidParameterException", "Invalid email address format.");
    sign_up(&app, "ana", &complete).ok();
}

#[test]
fn the_password_is_held_to_the_policy() {
    let app = pool(json!({})).start();
    let weak = json!({"Password": "abc"});
    call_for(&app, WEB, "SignUp", "ana", weak).refused(
        "InvalidPasswordException",
        "Password did not conform with policy: Password not long enough",
    );
    let (code, _) = call_for(&app, WEB, "SignUp", "ana", json!({})).refusal();
    assert_eq!(code, "InvalidPasswordException");
}

#[test]
fn a_client_with_a_secret_proves_it() {
    let app = Pool::new(WITH_SECRET.pool).client(WITH_SECRET).start();
    let call = |hash: Option<&str>| {
        let mut more = json!({"Password": PASSWORD});
        if let Some(hash) = hash {
            more["SecretHash"] = hash.into();
        }
        call_for(&app, WITH_SECRET, "SignUp", "ana", more)
    };
    let id = WITH_SECRET.id;
    call(None).refused(
        "NotAuthorizedException",
        &format!("Client {id} is configured with secret but SECRET_HASH was not received"),
    );
    call(Some("AAAA")).refused(
        "NotAuthorizedException",
        &format!("Unable to verify secret hash for client {id}"),
    );
    call(Some(&secret_hash(WITH_SECRET.secret.unwrap(), "ana", id))).ok();
}
