//! The quotas of one user.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{
    Answer, App, AppClient, DISCREET, PASSWORD, POOL, Pool, Setup, User, hides_users, initiate,
    sign_in_by_password,
};

const PLAIN: AppClient<'_> = AppClient::new(POOL, "plain");

/// A pool whose client hides who exists, and a client that does not.
fn with_users() -> Setup {
    let user = |name: &str| {
        User::new(name)
            .password(PASSWORD)
            .verified_email(&format!("{name}@example.com"))
    };
    Pool::new(POOL)
        .with(json!({"AliasAttributes": ["email"]}))
        .client_with(DISCREET, hides_users())
        .client(PLAIN)
        .user(user("ana"))
        .user(user("ben"))
        .setup()
        .with("limits", "on")
}

fn too_many(answer: &Answer) {
    answer.refused("TooManyRequestsException", "Too many requests");
}

fn begin_srp(app: &App, client: AppClient<'_>, name: &str) -> Answer {
    let parameters = json!({"USERNAME": name, "SRP_A": "2"});
    initiate(app, client, "USER_SRP_AUTH", parameters)
}

#[test]
fn ten_sign_ins_a_second_are_let_through_for_one_user() {
    let app = with_users().start();
    for name in ["ana", "ana@example.com"] {
        for _ in 0..5 {
            begin_srp(&app, PLAIN, name).ok();
        }
    }
    // The wrong password, the right one and the other flow have one quota, by any name and for any caller.
    for name in ["ana", "ana@example.com"] {
        too_many(&sign_in_by_password(&app, PLAIN, name, "wrong", &[]));
        too_many(&sign_in_by_password(&app, PLAIN, name, PASSWORD, &[]));
        too_many(&begin_srp(&app, PLAIN, name));
    }
    let input = json!({"UserPoolId": POOL, "ClientId": PLAIN.id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ana", "PASSWORD": PASSWORD}});
    too_many(&app.call("AdminInitiateAuth", &input));
    assert_eq!(
        sign_in_by_password(&app, PLAIN, "ben", PASSWORD, &[]).status,
        200
    );
    // Attempts that the quota refused do not count as failed.
    app.seconds_pass(1);
    assert_eq!(
        sign_in_by_password(&app, PLAIN, "ana", PASSWORD, &[]).status,
        200
    );
}

#[test]
fn the_quota_of_a_user_does_not_tell_a_discreet_clients_caller_who_exists() {
    let app = with_users().start();
    for names in [["ana", "ana@example.com"], ["nobody", "nobody@example.com"]] {
        // Each name has a quota of its own, also where two names are one user's.
        for name in names {
            for _ in 0..10 {
                begin_srp(&app, DISCREET, name).ok();
            }
            too_many(&begin_srp(&app, DISCREET, name));
            too_many(&sign_in_by_password(&app, DISCREET, name, PASSWORD, &[]));
        }
    }
    // The quota of a user who has proved the password is the user's.
    app.seconds_pass(1);
    for name in ["ana", "ana@example.com"] {
        for _ in 0..5 {
            sign_in_by_password(&app, DISCREET, name, PASSWORD, &[]).ok();
        }
    }
    for name in ["ana", "ana@example.com"] {
        too_many(&sign_in_by_password(&app, DISCREET, name, PASSWORD, &[]));
    }
    assert_eq!(
        sign_in_by_password(&app, DISCREET, "ana", "wrong", &[])
            .refusal()
            .0,
        "NotAuthorizedException"
    );
}

#[test]
fn what_a_user_reads_and_writes_has_ten_requests_a_second_each() {
    let app = with_users().start();
    let signed_in = sign_in_by_password(&app, PLAIN, "ana", PASSWORD, &[]).ok();
    let result = &signed_in["AuthenticationResult"];
    let token = &result["AccessToken"];
    let get = || app.call_open("GetUser", &json!({"AccessToken": token}));
    for _ in 0..9 {
        get().ok();
    }
    too_many(&get());
    let refresh = json!({"REFRESH_TOKEN": result["RefreshToken"]});
    too_many(&initiate(&app, PLAIN, "REFRESH_TOKEN_AUTH", refresh));
    let update = || {
        let input =
            json!({"AccessToken": token, "UserAttributes": [{"Name": "nickname", "Value": "a"}]});
        app.call_open("UpdateUserAttributes", &input)
    };
    for _ in 0..10 {
        update().ok();
    }
    too_many(&update());
    // Requests of administrators do not count for the user.
    let input = json!({"UserPoolId": POOL, "Username": "ana"});
    for _ in 0..20 {
        app.call("AdminGetUser", &input).ok();
    }
    app.milliseconds_pass(100);
    get().ok();
    too_many(&get());
    update().ok();
}

#[test]
fn answers_to_challenges_count_for_their_user() {
    let app = with_users().start();
    let parameters = json!({"USERNAME": "ana", "SRP_A": "2"});
    let begun = initiate(&app, PLAIN, "USER_SRP_AUTH", parameters).ok();
    let block = &begun["ChallengeParameters"]["SECRET_BLOCK"];
    let guess = |block: &Value| {
        let input = json!({"ClientId": PLAIN.id, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": {
            "USERNAME": "ana", "PASSWORD_CLAIM_SECRET_BLOCK": block, "PASSWORD_CLAIM_SIGNATURE": "AAAA",
            "TIMESTAMP": app.clock.now().format("%a %b %-d %H:%M:%S UTC %Y").to_string()}});
        app.call_open("RespondToAuthChallenge", &input)
    };
    for _ in 0..9 {
        assert_eq!(guess(block).refusal().0, "NotAuthorizedException");
    }
    too_many(&guess(block));
    // A block that is not the user's does not count.
    app.milliseconds_pass(100);
    for _ in 0..5 {
        assert_eq!(guess(&"AAAA".into()).refusal().0, "NotAuthorizedException");
    }
    assert_eq!(guess(block).refusal().0, "NotAuthorizedException");
}

#[test]
fn a_password_is_changed_five_times_an_hour() {
    let app = with_users().start();
    let signed_in = sign_in_by_password(&app, PLAIN, "ana", PASSWORD, &[]).ok();
    let change = || {
        let input = json!({"AccessToken": signed_in["AuthenticationResult"]["AccessToken"],
            "PreviousPassword": PASSWORD, "ProposedPassword": PASSWORD});
        app.call_open("ChangePassword", &input)
    };
    for _ in 0..5 {
        change().ok();
    }
    change().refused(
        "LimitExceededException",
        "Attempt limit exceeded, please try after some time.",
    );
    app.clock.advance(Duration::from_mins(12));
    change().ok();
    assert_eq!(change().refusal().0, "LimitExceededException");
}

#[test]
fn the_quota_of_a_user_can_be_changed_and_switched_off() {
    let app = with_users().with("quota_per_user", "2").start();
    for _ in 0..2 {
        sign_in_by_password(&app, PLAIN, "ana", PASSWORD, &[]).ok();
    }
    too_many(&sign_in_by_password(&app, PLAIN, "ana", PASSWORD, &[]));
    for app in [
        with_users().with("quota_per_user", "0").start(),
        with_users().with("limits", "off").start(),
    ] {
        for _ in 0..15 {
            sign_in_by_password(&app, PLAIN, "ana", PASSWORD, &[]).ok();
        }
    }
}
