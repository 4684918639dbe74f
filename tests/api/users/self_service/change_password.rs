//! `ChangePassword`, and the history of passwords.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    CLIENT, PASSWORD, SECOND, app, remove, set, setup, shown, sign_in, token, update, value,
};
use crate::world::{Answer, App, POOL};

const THIRD: &str = "Harbor-Candle-3381";

fn change(app: &App, token: &Value, previous: &str, proposed: &str) -> Answer {
    let input =
        json!({"AccessToken": token, "PreviousPassword": previous, "ProposedPassword": proposed});
    app.call("ChangePassword", &input)
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
