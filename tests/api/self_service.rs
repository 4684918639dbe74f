//! What users do for themselves with an access token: change attributes and password, and go.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{Answer, App, POOL, Setup, device};

const PASSWORD: &str = "Tulip-Kettle-4417";
const SECOND: &str = "Walnut-Bridge-9052";
const THIRD: &str = "Harbor-Candle-3381";
/// Names no attribute: reads and writes all, custom ones included.
const CLIENT: &str = "webapp";
/// Reads and writes some attributes alone.
const NARROW: &str = "narrow";

/// A pool with Ana, who has a password and a device, and Ben, who has an address.
fn setup(settings: &Value) -> Setup {
    let custom = |name: &str| json!({"Name": name, "AttributeDataType": "String", "Mutable": true, "StringAttributeConstraints": {}});
    let mut pool = json!({
        "Id": POOL,
        "AliasAttributes": ["preferred_username"],
        "SchemaAttributes": [custom("name"), custom("custom:team"), custom("custom:desk")],
        "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": true},
    });
    pool.as_object_mut()
        .unwrap()
        .extend(settings.as_object().unwrap().clone());
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let narrow = json!(["name", "custom:team"]);
    Setup::new().seeded(json!({
        "UserPool": pool,
        "Clients": [
            {"ClientId": CLIENT, "ExplicitAuthFlows": flows},
            {"ClientId": NARROW, "ExplicitAuthFlows": flows, "ReadAttributes": narrow, "WriteAttributes": narrow},
        ],
        "Users": [
            {
                "Username": "ana",
                "Password": PASSWORD,
                "Attributes": [
                    {"Name": "email", "Value": "ana@example.com"}, {"Name": "email_verified", "Value": "true"},
                    {"Name": "name", "Value": "Ana"}, {"Name": "custom:team", "Value": "blue"},
                ],
                "Devices": [{"DeviceKey": device::REMEMBERED}],
            },
            {"Username": "ben", "Attributes": [{"Name": "preferred_username", "Value": "benny"}]},
        ],
    }))
}

fn app() -> App {
    setup(&json!({})).start()
}

fn sign_in(app: &App, client: &str, password: &str) -> Answer {
    let parameters = json!({"USERNAME": "ana", "PASSWORD": password});
    app.call(
        "InitiateAuth",
        &json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}),
    )
}

/// An access token of Ana's.
fn token(app: &App, client: &str) -> Value {
    sign_in(app, client, PASSWORD).ok()["AuthenticationResult"]["AccessToken"].clone()
}

fn update(app: &App, token: &Value, attributes: &[(&str, &str)]) -> Answer {
    let attributes: Vec<Value> = attributes
        .iter()
        .map(|(name, value)| json!({"Name": name, "Value": value}))
        .collect();
    app.call(
        "UpdateUserAttributes",
        &json!({"AccessToken": token, "UserAttributes": attributes}),
    )
}

fn remove(app: &App, token: &Value, names: &[&str]) -> Answer {
    app.call(
        "DeleteUserAttributes",
        &json!({"AccessToken": token, "UserAttributeNames": names}),
    )
}

fn change(app: &App, token: &Value, previous: &str, proposed: &str) -> Answer {
    let input =
        json!({"AccessToken": token, "PreviousPassword": previous, "ProposedPassword": proposed});
    app.call("ChangePassword", &input)
}

fn set(app: &App, password: &str, permanent: bool) -> Answer {
    let input = json!({"UserPoolId": POOL, "Username": "ana", "Password": password, "Permanent": permanent});
    app.call("AdminSetUserPassword", &input)
}

fn shown(app: &App) -> Value {
    app.call(
        "AdminGetUser",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .ok()
}

/// The value of an attribute of Ana's; `Null` when she has none.
fn value(app: &App, name: &str) -> Value {
    let user = shown(app);
    let attributes = user["UserAttributes"].as_array().unwrap();
    let found = attributes
        .iter()
        .find(|attribute| attribute["Name"] == name);
    found.map_or(Value::Null, |attribute| attribute["Value"].clone())
}

#[test]
fn a_user_changes_attributes_and_a_new_address_is_not_verified() {
    let app = app();
    let token = token(&app, CLIENT);
    app.clock.advance(Duration::from_secs(1));
    let answer = update(
        &app,
        &token,
        &[("name", "Ana Ruiz"), ("email", "new@example.com")],
    );
    assert_eq!(answer.ok(), json!({"CodeDeliveryDetailsList": []}));
    assert_eq!(value(&app, "name"), "Ana Ruiz");
    assert_eq!(value(&app, "email"), "new@example.com");
    assert_eq!(value(&app, "email_verified"), "false");
    assert_eq!(shown(&app)["UserLastModifiedDate"], 1_795_357_381.5);
    assert_eq!(remove(&app, &token, &["email", "nickname"]).ok(), json!({}));
    assert_eq!(
        (value(&app, "email"), value(&app, "email_verified")),
        (Value::Null, Value::Null)
    );
}

#[test]
fn the_schema_holds_for_users_as_for_administrators() {
    let app = app();
    let token = token(&app, CLIENT);
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
    let app = app();
    let (wide, narrow) = (token(&app, CLIENT), token(&app, NARROW));
    let unauthorized = |answer: Answer| {
        answer.refused(
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        );
    };
    let before = shown(&app);
    unauthorized(update(&app, &wide, &[("email_verified", "true")]));
    unauthorized(update(&app, &wide, &[("phone_number_verified", "true")]));
    unauthorized(update(&app, &narrow, &[("name", "A"), ("nickname", "A")]));
    unauthorized(update(&app, &narrow, &[("custom:desk", "7")]));
    unauthorized(remove(&app, &narrow, &["email"]));
    unauthorized(remove(&app, &wide, &["email_verified"]));
    assert_eq!(shown(&app), before, "a refusal changes nothing");
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
    assert_eq!(value(&app, "custom:desk"), Value::Null);
}

#[test]
fn an_attribute_for_developers_is_theirs_alone() {
    let attribute =
        |name: &str| json!({"Name": name, "AttributeDataType": "String", "Mutable": true});
    let mut schema = ["name", "custom:team", "custom:desk", "dev:custom:rank"].map(attribute);
    schema[3]["DeveloperOnlyAttribute"] = json!(true);
    let app = setup(&json!({"SchemaAttributes": schema})).start();
    let set = json!({"UserPoolId": POOL, "Username": "ana", "UserAttributes": [{"Name": "dev:custom:rank", "Value": "1"}]});
    app.call("AdminUpdateUserAttributes", &set).ok();
    assert_eq!(value(&app, "dev:custom:rank"), "1");
    let signed_in = sign_in(&app, CLIENT, PASSWORD).ok();
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
    assert_eq!(value(&app, "dev:custom:rank"), "1");
    // Nor in the middle of a sign-in, where custom attributes of the user's own are shown and taken.
    let temporary = json!({"UserPoolId": POOL, "Username": "ana", "Password": SECOND});
    app.call("AdminSetUserPassword", &temporary).ok();
    let asked = sign_in(&app, CLIENT, SECOND).ok();
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
        let input = json!({"ClientId": CLIENT, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": asked["Session"],
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
    assert_eq!(value(&app, "custom:desk"), "7");
    // A client that names it may read it, none may write it.
    let client = |attributes: Value| {
        let mut input = json!({"UserPoolId": POOL, "ClientName": "c", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]});
        input
            .as_object_mut()
            .unwrap()
            .extend(attributes.as_object().unwrap().clone());
        app.call("CreateUserPoolClient", &input)
    };
    let reading = client(json!({"ReadAttributes": ["dev:custom:rank"]})).ok();
    let reader = reading["UserPoolClient"]["ClientId"].as_str().unwrap();
    let token = token(&app, reader);
    let user = app.call("GetUser", &json!({"AccessToken": token})).ok();
    assert!(user.to_string().contains("rank"), "{user}");
    client(json!({"WriteAttributes": ["dev:custom:rank"]})).refused(
        "InvalidParameterException",
        "Invalid write attributes specified while creating a client",
    );
}

#[test]
fn what_is_to_be_verified_before_it_changes_does_not_change_without_a_word() {
    let app = setup(&json!({
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    }))
    .start();
    let token = token(&app, CLIENT);
    let answer = update(&app, &token, &[("email", "new@example.com")]);
    assert_eq!(answer.status, 501);
    assert_eq!(value(&app, "email"), "ana@example.com");
    update(&app, &token, &[("email", "ana@example.com"), ("name", "A")]).ok();
    assert_eq!(value(&app, "email_verified"), "true");
}

#[test]
fn a_user_who_goes_leaves_nothing() {
    let app = app();
    let signed_in = sign_in(&app, CLIENT, PASSWORD).ok();
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
    update(&app, token, &[("name", "A")]).refused("UserNotFoundException", "User does not exist.");
    app.device("ana", device::REMEMBERED)
        .refused("ResourceNotFoundException", "User does not exist.");
    let refresh = json!({"REFRESH_TOKEN": signed_in["AuthenticationResult"]["RefreshToken"]});
    let input =
        json!({"ClientId": CLIENT, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": refresh});
    app.call("InitiateAuth", &input)
        .refused("NotAuthorizedException", "Invalid Refresh Token");
    let again = json!({"UserPoolId": POOL, "Username": "ana", "TemporaryPassword": PASSWORD});
    assert_eq!(app.call("AdminCreateUser", &again).status, 200);
    app.call("GetUser", &json!({"AccessToken": token}))
        .refused("UserNotFoundException", "User does not exist.");
}

#[test]
fn a_new_password_takes_the_place_of_the_one_that_was_proved() {
    let app = app();
    let token = token(&app, CLIENT);
    change(&app, &token, PASSWORD, "short").refused(
        "InvalidPasswordException",
        "Password did not conform with policy: Password not long enough",
    );
    app.call(
        "ChangePassword",
        &json!({"AccessToken": token, "ProposedPassword": SECOND}),
    )
    .refused(
        "InvalidParameterException",
        "Missing required parameter PreviousPassword",
    );
    assert_eq!(change(&app, &token, PASSWORD, SECOND).ok(), json!({}));
    sign_in(&app, CLIENT, PASSWORD)
        .refused("NotAuthorizedException", "Incorrect username or password.");
    assert_eq!(sign_in(&app, CLIENT, SECOND).status, 200);
    app.call("GetUser", &json!({"AccessToken": token})).ok();
    assert_eq!(
        change(&app, &token, SECOND, SECOND).status,
        200,
        "without a history in the policy a password may be taken again"
    );
}

#[test]
fn wrong_previous_passwords_count_with_failed_sign_ins() {
    let app = app();
    let token = token(&app, CLIENT);
    let wrong = |answer: Answer| {
        answer.refused("NotAuthorizedException", "Incorrect username or password.");
    };
    wrong(sign_in(&app, CLIENT, SECOND));
    for _ in 0..4 {
        wrong(change(&app, &token, SECOND, THIRD));
    }
    let locked = |answer: Answer| {
        answer.refused("NotAuthorizedException", "Password attempts exceeded");
    };
    locked(change(&app, &token, PASSWORD, SECOND));
    locked(sign_in(&app, CLIENT, PASSWORD));
    app.clock.advance(Duration::from_secs(1));
    change(&app, &token, PASSWORD, SECOND).ok();
    for _ in 0..4 {
        wrong(change(&app, &token, PASSWORD, THIRD));
    }
    assert_eq!(
        sign_in(&app, CLIENT, SECOND).status,
        200,
        "the right one has begun the count anew"
    );
}

#[test]
fn a_temporary_password_is_changed_for_good_as_long_as_it_is_good() {
    let app = app();
    let token = token(&app, CLIENT);
    set(&app, SECOND, false).ok();
    change(&app, &token, SECOND, THIRD).ok();
    assert_eq!(shown(&app)["UserStatus"], "CONFIRMED");
    assert!(sign_in(&app, CLIENT, THIRD).ok()["AuthenticationResult"].is_object());
    let app = setup(
        &json!({"Policies": {"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 1}}, "DeviceConfiguration": {}}),
    )
    .start();
    let signed_in = sign_in(&app, CLIENT, PASSWORD).ok();
    let refresh = json!({"REFRESH_TOKEN": signed_in["AuthenticationResult"]["RefreshToken"]});
    set(&app, SECOND, false).ok();
    app.clock
        .advance(Duration::from_hours(24) - Duration::from_secs(1));
    let input =
        json!({"ClientId": CLIENT, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": refresh});
    let token =
        app.call("InitiateAuth", &input).ok()["AuthenticationResult"]["AccessToken"].clone();
    app.clock.advance(Duration::from_secs(1));
    change(&app, &token, SECOND, THIRD).refused(
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    );
}

#[test]
fn only_a_living_token_serves() {
    let app = app();
    let token = token(&app, CLIENT);
    app.call(
        "AdminUserGlobalSignOut",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .ok();
    let revoked = |answer: Answer| {
        answer.refused("NotAuthorizedException", "Access Token has been revoked");
    };
    revoked(update(&app, &token, &[("name", "A")]));
    revoked(remove(&app, &token, &["name"]));
    revoked(change(&app, &token, PASSWORD, SECOND));
    revoked(app.call("DeleteUser", &json!({"AccessToken": token})));
    let nonsense = json!("nonsense");
    update(&app, &nonsense, &[("name", "A")])
        .refused("NotAuthorizedException", "Invalid Access Token");
    assert_eq!(value(&app, "name"), "Ana");
}

/// A pool that remembers so many passwords.
fn with_history(size: u32) -> App {
    setup(
        &json!({"Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": size}}}),
    )
    .start()
}

fn used(answer: Answer) {
    answer.refused(
        "PasswordHistoryPolicyViolationException",
        "Password has previously been used",
    );
}

#[test]
fn the_last_passwords_cannot_be_taken_again_by_anybody() {
    let app = with_history(2);
    let token = token(&app, CLIENT);
    used(change(&app, &token, PASSWORD, PASSWORD));
    change(&app, &token, PASSWORD, SECOND).ok();
    used(change(&app, &token, SECOND, PASSWORD));
    used(set(&app, PASSWORD, true));
    used(set(&app, SECOND, false));
    change(&app, &token, SECOND, THIRD).ok();
    used(set(&app, SECOND, true));
    assert_eq!(
        set(&app, PASSWORD, true).status,
        200,
        "the one before the last two may be taken again"
    );
    used(set(&app, THIRD, true));
}

#[test]
fn a_temporary_password_may_be_kept_and_a_former_one_may_not_come_back() {
    let app = with_history(3);
    set(&app, SECOND, false).ok();
    let respond = |password: &str| {
        let challenge = sign_in(&app, CLIENT, SECOND).ok();
        assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let responses = json!({"USERNAME": "ana", "NEW_PASSWORD": password});
        app.call(
            "RespondToAuthChallenge",
            &json!({"ClientId": CLIENT, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"],
                "ChallengeResponses": responses}),
        )
    };
    used(respond(PASSWORD));
    assert!(respond(SECOND).ok()["AuthenticationResult"].is_object());
    used(set(&app, SECOND, true));
    used(set(&app, PASSWORD, true));
}

#[test]
fn no_more_verifiers_are_kept_than_the_policy_asks_for() {
    let kept = |size: u32| {
        let settings = json!({"Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": size}}});
        let app = setup(&settings).on_disk().start();
        for number in 0..5 {
            set(&app, &format!("{SECOND}-{number}"), true).ok();
        }
        let file = rusqlite::Connection::open(app.database()).unwrap();
        file.query_row("SELECT count(*) FROM former_passwords", [], |row| {
            row.get::<_, i64>(0)
        })
        .unwrap()
    };
    assert_eq!((kept(0), kept(2)), (0, 2));
}
