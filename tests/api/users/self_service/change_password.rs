//! `ChangePassword`, and the history of passwords.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::{pool, remove, sign_in_with, token_of, update};
use crate::world::{
    Answer, App, INVALID_ACCESS_TOKEN, LOCKED_OUT, NEW, PASSWORD, POOL, REVOKED_ACCESS_TOKEN,
    THIRD, WEB, WRONG_PASSWORD,
};

fn change(app: &App, token: &Value, previous: &str, proposed: &str) -> Answer {
    let input =
        json!({"AccessToken": token, "PreviousPassword": previous, "ProposedPassword": proposed});
    app.call("ChangePassword", &input)
}

#[test]
fn a_new_password_takes_the_place_of_the_one_that_was_proved() {
    let app = pool().start();
    let token = token_of(&app, WEB);
    change(&app, &token, PASSWORD, "short").refused(
        "InvalidPasswordException",
        "Password did not conform with policy: Password not long enough",
    );
    app.call(
        "ChangePassword",
        &json!({"AccessToken": token, "ProposedPassword": NEW}),
    )
    .refused(
        "InvalidParameterException",
        "Missing required parameter PreviousPassword",
    );
    assert_eq!(change(&app, &token, PASSWORD, NEW).ok(), json!({}));
    sign_in_with(&app, WEB, PASSWORD).refused_as(WRONG_PASSWORD);
    assert_eq!(sign_in_with(&app, WEB, NEW).status, 200);
    app.call("GetUser", &json!({"AccessToken": token})).ok();
    assert_eq!(
        change(&app, &token, NEW, NEW).status,
        200,
        "without a history in the policy a password may be taken again"
    );
}

#[test]
fn wrong_previous_passwords_count_with_failed_sign_ins() {
    let app = pool().start();
    let token = token_of(&app, WEB);
    let wrong = |answer: Answer| {
        answer.refused_as(WRONG_PASSWORD);
    };
    wrong(sign_in_with(&app, WEB, NEW));
    for _ in 0..4 {
        wrong(change(&app, &token, NEW, THIRD));
    }
    let locked = |answer: Answer| {
        answer.refused_as(LOCKED_OUT);
    };
    locked(change(&app, &token, PASSWORD, NEW));
    locked(sign_in_with(&app, WEB, PASSWORD));
    app.seconds_pass(1);
    change(&app, &token, PASSWORD, NEW).ok();
    for _ in 0..4 {
        wrong(change(&app, &token, PASSWORD, THIRD));
    }
    assert_eq!(
        sign_in_with(&app, WEB, NEW).status,
        200,
        "the right one has begun the count anew"
    );
}

#[test]
fn a_temporary_password_is_changed_for_good_as_long_as_it_is_good() {
    let app = pool().start();
    let token = token_of(&app, WEB);
    app.set_password(POOL, "ana", NEW, false).ok();
    change(&app, &token, NEW, THIRD).ok();
    assert_eq!(app.user("ana")["UserStatus"], "CONFIRMED");
    assert!(sign_in_with(&app, WEB, THIRD).ok()["AuthenticationResult"].is_object());
    let app = pool().with(json!({"Policies": {"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 1}}, "DeviceConfiguration": {}}),
    )
    .start();
    let signed_in = sign_in_with(&app, WEB, PASSWORD).ok();
    let refresh = json!({"REFRESH_TOKEN": signed_in["AuthenticationResult"]["RefreshToken"]});
    app.set_password(POOL, "ana", NEW, false).ok();
    app.clock
        .advance(Duration::from_hours(24) - Duration::from_secs(1));
    let input =
        json!({"ClientId": WEB.id, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": refresh});
    let token =
        app.call("InitiateAuth", &input).ok()["AuthenticationResult"]["AccessToken"].clone();
    app.seconds_pass(1);
    change(&app, &token, NEW, THIRD).refused(
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    );
}

#[test]
fn only_a_living_token_serves() {
    let app = pool().start();
    let token = token_of(&app, WEB);
    app.call(
        "AdminUserGlobalSignOut",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .ok();
    let revoked = |answer: Answer| {
        answer.refused_as(REVOKED_ACCESS_TOKEN);
    };
    revoked(update(&app, &token, &[("name", "A")]));
    revoked(remove(&app, &token, &["name"]));
    revoked(change(&app, &token, PASSWORD, NEW));
    revoked(app.call("DeleteUser", &json!({"AccessToken": token})));
    let nonsense = json!("nonsense");
    update(&app, &nonsense, &[("name", "A")]).refused_as(INVALID_ACCESS_TOKEN);
    assert_eq!(app.attribute("ana", "name"), "Ana");
}

/// A pool with a password history of this size.
fn with_history(size: u32) -> App {
    pool().with(json!({"Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": size}}}),
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
    let token = token_of(&app, WEB);
    used(change(&app, &token, PASSWORD, PASSWORD));
    change(&app, &token, PASSWORD, NEW).ok();
    used(change(&app, &token, NEW, PASSWORD));
    used(app.set_password(POOL, "ana", PASSWORD, true));
    used(app.set_password(POOL, "ana", NEW, false));
    change(&app, &token, NEW, THIRD).ok();
    used(app.set_password(POOL, "ana", NEW, true));
    assert_eq!(
        app.set_password(POOL, "ana", PASSWORD, true).status,
        200,
        "the one before the last two may be taken again"
    );
    used(app.set_password(POOL, "ana", THIRD, true));
}

#[test]
fn a_temporary_password_may_be_kept_and_a_former_one_may_not_come_back() {
    let app = with_history(3);
    app.set_password(POOL, "ana", NEW, false).ok();
    let respond = |password: &str| {
        let challenge = sign_in_with(&app, WEB, NEW).ok();
        assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let responses = json!({"USERNAME": "ana", "NEW_PASSWORD": password});
        app.call(
            "RespondToAuthChallenge",
            &json!({"ClientId": WEB.id, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"],
                "ChallengeResponses": responses}),
        )
    };
    used(respond(PASSWORD));
    assert!(respond(NEW).ok()["AuthenticationResult"].is_object());
    used(app.set_password(POOL, "ana", NEW, true));
    used(app.set_password(POOL, "ana", PASSWORD, true));
}

#[test]
fn no_more_verifiers_are_kept_than_the_policy_asks_for() {
    let kept = |size: u32| {
        let settings = json!({"Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": size}}});
        let app = pool().with(settings).setup().on_disk().start();
        for number in 0..5 {
            app.set_password(POOL, "ana", &format!("{NEW}-{number}"), true)
                .ok();
        }
        let file = app.file();
        file.query_row("SELECT count(*) FROM former_passwords", [], |row| {
            row.get::<_, i64>(0)
        })
        .unwrap()
    };
    assert_eq!((kept(0), kept(2)), (0, 2));
}

#[test]
fn a_change_of_password_is_checked_by_policy_then_previous_password_then_history() {
    let app = with_history(3);
    let tokens = sign_in_with(&app, WEB, PASSWORD).ok();
    let change = |previous: &str, proposed: &str| {
        let input = json!({"AccessToken": tokens["AuthenticationResult"]["AccessToken"],
            "PreviousPassword": previous, "ProposedPassword": proposed});
        app.call_open("ChangePassword", &input)
    };
    change(PASSWORD, NEW).ok();
    for _ in 0..6 {
        change(THIRD, "short").refused(
            "InvalidPasswordException",
            "Password did not conform with policy: Password not long enough",
        );
    }
    change(THIRD, PASSWORD).refused_as(WRONG_PASSWORD);
    change(NEW, PASSWORD).refused(
        "PasswordHistoryPolicyViolationException",
        "Password has previously been used",
    );
    change(NEW, THIRD).ok();
}

#[test]
fn a_repeated_invitation_is_not_held_to_the_history() {
    let app = with_history(3);
    app.set_password(POOL, "ana", NEW, false).ok();
    app.set_password(POOL, "ana", PASSWORD, false).refused(
        "PasswordHistoryPolicyViolationException",
        "Password has previously been used",
    );
    let again = json!({"UserPoolId": POOL, "Username": "ana", "TemporaryPassword": PASSWORD, "MessageAction": "RESEND"});
    app.call("AdminCreateUser", &again).ok();
    let asked = sign_in_with(&app, WEB, PASSWORD).ok();
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
}

#[test]
fn of_two_passwords_set_at_once_each_is_held_to_the_history() {
    let app = with_history(24);
    let refused = AtomicUsize::new(0);
    // All set the same password: it is new to the first, and a former one to those that come later.
    for round in 0..20 {
        let password = format!("Otter-Candle-{round}");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let answer = app.set_password(POOL, "ana", &password, true);
                    if answer.status == 200 {
                        return;
                    }
                    match answer.refusal().0.as_str() {
                        "PasswordHistoryPolicyViolationException" => {}
                        "TooManyRequestsException" => {
                            refused.fetch_add(1, Ordering::SeqCst);
                        }
                        other => panic!("{other}"),
                    }
                });
            }
        });
        app.set_password(POOL, "ana", &password, true).refused(
            "PasswordHistoryPolicyViolationException",
            "Password has previously been used",
        );
        if refused.load(Ordering::SeqCst) > 0 {
            return;
        }
    }
    panic!("no two came at once");
}
