//! `UpdateUserAttributes`, `DeleteUserAttributes`, `GetUser` and `DeleteUser`.

use serde_json::{Value, json};

use super::{NARROW, pool, remove, sign_in_with, token_of, update};
use crate::world::{
    Answer, AppClient, FLOWS, INVALID_REFRESH_TOKEN, NEW, NO_USER, PASSWORD, POOL, WEB, device,
    merge,
};

#[test]
fn a_user_changes_attributes_and_a_new_address_is_not_verified() {
    let app = pool().start();
    let token = token_of(&app, WEB);
    app.seconds_pass(1);
    let answer = update(
        &app,
        &token,
        &[("name", "Ana Ruiz"), ("email", "new@example.com")],
    );
    assert_eq!(answer.ok(), json!({"CodeDeliveryDetailsList": []}));
    assert_eq!(app.attribute("ana", "name"), "Ana Ruiz");
    assert_eq!(app.attribute("ana", "email"), "new@example.com");
    assert_eq!(app.attribute("ana", "email_verified"), "false");
    assert_eq!(app.user("ana")["UserLastModifiedDate"], 1_795_357_381.5);
    assert_eq!(remove(&app, &token, &["email", "nickname"]).ok(), json!({}));
    assert_eq!(
        (
            app.attribute("ana", "email"),
            app.attribute("ana", "email_verified")
        ),
        (Value::Null, Value::Null)
    );
}

#[test]
fn the_schema_holds_for_users_as_for_administrators() {
    let app = pool().start();
    let token = token_of(&app, WEB);
    for (attributes, message) in [
        (("sub", "1"), "Cannot modify the non-mutable attribute sub"),
        (
            ("colour", "red"),
            "user.colour: Attribute does not exist in the schema.\n",
        ),
        (("email", "nonsense"), "Invalid email address format."),
        (
            ("birthdate", "1"),
            "user.birthdate: String must be no shorter than 10 characters\n",
        ),
    ] {
        update(&app, &token, &[attributes]).refused("InvalidParameterException", message);
    }
    update(&app, &token, &[("preferred_username", "benny")]).refused(
        "AliasExistsException",
        "An account with the given preferred_username already exists.",
    );
    remove(&app, &token, &["sub"]).refused(
        "InvalidParameterException",
        "Cannot modify the non-mutable attribute sub",
    );
}

#[test]
fn a_user_writes_and_sees_what_the_client_may() {
    let app = pool().start();
    let (wide, narrow) = (token_of(&app, WEB), token_of(&app, NARROW));
    let unauthorized = |answer: Answer| {
        answer.refused(
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        );
    };
    let before = app.user("ana");
    unauthorized(update(&app, &wide, &[("email_verified", "true")]));
    unauthorized(update(&app, &wide, &[("phone_number_verified", "true")]));
    unauthorized(update(&app, &narrow, &[("name", "A"), ("nickname", "A")]));
    unauthorized(update(&app, &narrow, &[("custom:desk", "7")]));
    unauthorized(remove(&app, &narrow, &["email"]));
    unauthorized(remove(&app, &wide, &["email_verified"]));
    assert_eq!(app.user("ana"), before, "a refusal changes nothing");
    update(&app, &narrow, &[("custom:team", "red")]).ok();
    let seen = |token: &Value| {
        let user = app.call("GetUser", &json!({"AccessToken": token})).ok();
        let names = user["UserAttributes"].as_array().unwrap().clone();
        names
            .iter()
            .map(|attribute| attribute["Name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(&narrow), ["sub", "custom:team", "name"]);
    update(
        &app,
        &wide,
        &[("custom:desk", "7"), ("custom:team", "green")],
    )
    .ok();
    assert_eq!(
        seen(&wide),
        [
            "sub",
            "custom:desk",
            "custom:team",
            "email",
            "email_verified",
            "name"
        ]
    );
    assert_eq!(remove(&app, &wide, &["custom:desk"]).ok(), json!({}));
    assert_eq!(app.attribute("ana", "custom:desk"), Value::Null);
}

#[test]
fn an_attribute_for_developers_is_theirs_alone() {
    let attribute =
        |name: &str| json!({"Name": name, "AttributeDataType": "String", "Mutable": true});
    let mut schema = ["name", "custom:team", "custom:desk", "dev:custom:rank"].map(attribute);
    schema[3]["DeveloperOnlyAttribute"] = json!(true);
    let app = pool().with(json!({"SchemaAttributes": schema})).start();
    let set = json!({"UserPoolId": POOL, "Username": "ana", "UserAttributes": [{"Name": "dev:custom:rank", "Value": "1"}]});
    app.call("AdminUpdateUserAttributes", &set).ok();
    assert_eq!(app.attribute("ana", "dev:custom:rank"), "1");
    let signed_in = sign_in_with(&app, WEB, PASSWORD).ok();
    let tokens = &signed_in["AuthenticationResult"];
    let user = app
        .call("GetUser", &json!({"AccessToken": tokens["AccessToken"]}))
        .ok();
    assert!(!user.to_string().contains("rank"), "{user}");
    for answer in [
        update(&app, &tokens["AccessToken"], &[("dev:custom:rank", "2")]),
        remove(&app, &tokens["AccessToken"], &["dev:custom:rank"]),
    ] {
        answer.refused(
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        );
    }
    assert_eq!(app.attribute("ana", "dev:custom:rank"), "1");
    // Nor during a sign-in, which shows and takes other custom attributes.
    let temporary = json!({"UserPoolId": POOL, "Username": "ana", "Password": NEW});
    app.call("AdminSetUserPassword", &temporary).ok();
    let asked = sign_in_with(&app, WEB, NEW).ok();
    let shown = asked["ChallengeParameters"]["userAttributes"]
        .as_str()
        .unwrap();
    assert!(
        shown.contains(r#""custom:team":"blue""#) && !shown.contains("rank"),
        "{shown}"
    );
    let set = |name: &str| {
        let mut responses = json!({"USERNAME": "ana", "NEW_PASSWORD": PASSWORD});
        responses[format!("userAttributes.{name}")] = json!("7");
        let input = json!({"ClientId": WEB.id, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": asked["Session"],
            "ChallengeResponses": responses});
        app.call("RespondToAuthChallenge", &input)
    };
    let another = "dev:custom:level";
    app.call(
        "AddCustomAttributes",
        &json!({"UserPoolId": POOL, "CustomAttributes": [{"Name": "level", "AttributeDataType": "String", "DeveloperOnlyAttribute": true}]}),
    )
    .ok();
    set(another).refused(
        "NotAuthorizedException",
        "A client attempted to write unauthorized attribute",
    );
    set("custom:desk").ok();
    assert_eq!(app.attribute("ana", "custom:desk"), "7");
    // A client that names it may read it. No client may write it.
    let client = |attributes: Value| {
        let mut input = json!({"UserPoolId": POOL, "ClientName": "c", "ExplicitAuthFlows": FLOWS});
        merge(&mut input, attributes);
        app.call("CreateUserPoolClient", &input)
    };
    let reading = client(json!({"ReadAttributes": ["dev:custom:rank"]})).ok();
    let reader = reading["UserPoolClient"]["ClientId"].as_str().unwrap();
    let token = token_of(&app, AppClient::new(POOL, reader));
    let user = app.call("GetUser", &json!({"AccessToken": token})).ok();
    assert!(user.to_string().contains("rank"), "{user}");
    client(json!({"WriteAttributes": ["dev:custom:rank"]})).refused(
        "InvalidParameterException",
        "Invalid write attributes specified while creating a client",
    );
}

#[test]
fn a_user_who_goes_leaves_nothing() {
    let app = pool().start();
    let signed_in = sign_in_with(&app, WEB, PASSWORD).ok();
    let token = &signed_in["AuthenticationResult"]["AccessToken"];
    let answer = app.call("DeleteUser", &json!({"AccessToken": token}));
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b""[..]));
    for operation in ["GetUser", "DeleteUser", "GlobalSignOut"] {
        let answer = app.call(operation, &json!({"AccessToken": token}));
        let (code, message) = answer.refusal();
        assert!(
            ["UserNotFoundException", "ResourceNotFoundException"].contains(&code.as_str()),
            "{operation}: {code}"
        );
        assert_eq!(message, "User does not exist.");
    }
    update(&app, token, &[("name", "A")]).refused_as(NO_USER);
    app.device("ana", device::REMEMBERED)
        .refused("ResourceNotFoundException", "User does not exist.");
    let refresh = json!({"REFRESH_TOKEN": signed_in["AuthenticationResult"]["RefreshToken"]});
    let input =
        json!({"ClientId": WEB.id, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": refresh});
    app.call("InitiateAuth", &input)
        .refused_as(INVALID_REFRESH_TOKEN);
    let again = json!({"UserPoolId": POOL, "Username": "ana", "TemporaryPassword": PASSWORD});
    assert_eq!(app.call("AdminCreateUser", &again).status, 200);
    app.call("GetUser", &json!({"AccessToken": token}))
        .refused_as(NO_USER);
}
