//! How pools and clients configure their users' sessions.

use serde_json::{Value, json};

use super::{ELSEWHERE, NO_SESSION_ID, OTHER_POOL, ids, seed, set, start, track};
use crate::world::{
    Answer, App, FOREIGN_POOL, Key, POOL, Pool, Setup, UNKNOWN_POOL, WEB, access_denied, registry,
    sign_in,
};

fn get(app: &App) -> Value {
    let input = json!({"UserPoolId": POOL});
    app.call("GetUserPoolSessionConfiguration", &input).ok()
}

fn configuration(tracking: &str, most: u32) -> Value {
    json!({"UserPoolId": POOL, "UserSessionTracking": tracking, "TokenSession": {"MaxPerUser": most}})
}

fn get_of_client(app: &App) -> Value {
    let input = json!({"UserPoolId": POOL, "ClientId": WEB.id});
    app.call("GetUserPoolClientSessionConfiguration", &input)
        .ok()
}

fn of_client(minutes: i64) -> Value {
    json!({"UserPoolId": POOL, "ClientId": WEB.id, "SSOSession": {"MaxValidityMinutes": minutes}})
}

fn set_of_client(app: &App, minutes: i64) -> Answer {
    app.call("SetUserPoolClientSessionConfiguration", &of_client(minutes))
}

/// When the pool or the client was changed last.
fn modified(app: &App, operation: &str, shape: &str) -> Value {
    let input = json!({"UserPoolId": POOL, "ClientId": WEB.id});
    let input = if shape == "UserPool" {
        json!({"UserPoolId": POOL})
    } else {
        input
    };
    app.call(operation, &input).ok()[shape]["LastModifiedDate"].clone()
}

#[test]
fn a_pool_tracks_no_sessions_until_it_is_told_to() {
    let app = Setup::new().seeded(seed()).start();
    assert_eq!(get(&app), configuration("DISABLED", 20));
    let before = modified(&app, "DescribeUserPool", "UserPool");
    app.seconds_pass(10);
    for (tracking, most) in [("ENABLED", 1), ("ENABLED", 100), ("DISABLED", 7)] {
        let answer = set(&app, POOL, tracking, most).ok();
        assert_eq!(answer, configuration(tracking, most));
        assert_eq!(get(&app), answer);
    }
    let after = modified(&app, "DescribeUserPool", "UserPool");
    assert!(after.as_f64() > before.as_f64());
    let other = json!({"UserPoolId": OTHER_POOL});
    let other = app.call("GetUserPoolSessionConfiguration", &other).ok();
    assert_eq!(other["UserSessionTracking"], "DISABLED");
}

#[test]
fn what_the_model_does_not_allow_is_refused() {
    let app = start();
    for (input, message) in [
        (
            configuration("ENABLED", 0),
            "1 validation error detected: Value '0' at 'tokenSession.maxPerUser' failed to satisfy constraint: Member must have \
             value greater than or equal to 1",
        ),
        (
            configuration("ENABLED", 101),
            "1 validation error detected: Value '101' at 'tokenSession.maxPerUser' failed to satisfy constraint: Member must have \
             value less than or equal to 100",
        ),
        (
            configuration("ON", 1),
            "1 validation error detected: Value 'ON' at 'userSessionTracking' failed to satisfy constraint: Member must satisfy \
             enum value set: [ENABLED, DISABLED]",
        ),
        (
            json!({"UserPoolId": POOL, "UserSessionTracking": "ENABLED"}),
            "1 validation error detected: Value null at 'tokenSession' failed to satisfy constraint: Member must not be null",
        ),
    ] {
        let answer = app.call("SetUserPoolSessionConfiguration", &input);
        answer.refused("InvalidParameterException", message);
    }
    for minutes in [-1, 129_601] {
        let (code, _) = set_of_client(&app, minutes).refusal();
        assert_eq!(code, "InvalidParameterException");
    }
    assert_eq!(get(&app), configuration("ENABLED", 20));
}

#[test]
fn a_client_keeps_its_configuration_while_its_pool_does_not_track_sessions() {
    const OFF: (&str, &str) = (
        "InvalidParameterException",
        "User session tracking is not enabled for the user pool.",
    );
    let app = Setup::new().seeded(seed()).start();
    assert_eq!(get_of_client(&app), of_client(60));
    set_of_client(&app, 5).refused_as(OFF);
    track(&app, POOL, 20);
    let before = modified(&app, "DescribeUserPoolClient", "UserPoolClient");
    app.seconds_pass(10);
    for minutes in [0, 129_600, 5] {
        assert_eq!(set_of_client(&app, minutes).ok(), of_client(minutes));
        assert_eq!(get_of_client(&app), of_client(minutes));
    }
    let after = modified(&app, "DescribeUserPoolClient", "UserPoolClient");
    assert!(after.as_f64() > before.as_f64());
    set(&app, POOL, "DISABLED", 20).ok();
    assert_eq!(get_of_client(&app), of_client(5));
    set_of_client(&app, 6).refused_as(OFF);
    track(&app, POOL, 20);
    assert_eq!(get_of_client(&app), of_client(5));
    let update = json!({"UserPoolId": POOL, "ClientId": WEB.id, "ClientName": "renamed"});
    app.call("UpdateUserPoolClient", &update).ok();
    assert_eq!(get_of_client(&app), of_client(5));
}

#[test]
fn unknown_clients_are_refused() {
    let app = start();
    for id in ["nobody", ELSEWHERE.id] {
        let mut input = of_client(5);
        input["ClientId"] = json!(id);
        let message = format!("User pool client {id} does not exist.");
        let set = app.call("SetUserPoolClientSessionConfiguration", &input);
        set.refused("ResourceNotFoundException", &message);
        input.as_object_mut().unwrap().remove("SSOSession");
        let get = app.call("GetUserPoolClientSessionConfiguration", &input);
        get.refused("ResourceNotFoundException", &message);
    }
}

#[test]
fn a_pool_of_the_plan_lite_has_no_sessions() {
    const UNAVAILABLE: (&str, &str) = (
        "FeatureUnavailableInTierException",
        "The following features need to be disabled for the LITE pricing tier configured: User Session Tracking",
    );
    let app = Pool::new(POOL)
        .with(json!({"UserPoolTier": "LITE"}))
        .client(WEB)
        .start();
    assert_eq!(get(&app), configuration("DISABLED", 20));
    assert_eq!(get_of_client(&app), of_client(60));
    for tracking in ["ENABLED", "DISABLED"] {
        set(&app, POOL, tracking, 20).refused_as(UNAVAILABLE);
    }
    set_of_client(&app, 5).refused_as(UNAVAILABLE);
    let tier = |tier: &str| {
        let input = json!({"UserPoolId": POOL, "UserPoolTier": tier});
        app.call("UpdateUserPool", &input)
    };
    for enough in ["ESSENTIALS", "PLUS"] {
        tier(enough).ok();
        track(&app, POOL, 20);
        tier("LITE").refused_as(UNAVAILABLE);
    }
    set(&app, POOL, "DISABLED", 20).ok();
    tier("LITE").ok();
}

/// An input that each signed operation accepts.
fn accepted() -> [(&'static str, Value); 6] {
    let user = json!({"UserPoolId": POOL, "Username": "diego"});
    let mut session = user.clone();
    session["SessionId"] = json!(NO_SESSION_ID);
    [
        (
            "GetUserPoolSessionConfiguration",
            json!({"UserPoolId": POOL}),
        ),
        (
            "SetUserPoolSessionConfiguration",
            configuration("ENABLED", 20),
        ),
        (
            "GetUserPoolClientSessionConfiguration",
            json!({"UserPoolId": POOL, "ClientId": WEB.id}),
        ),
        ("SetUserPoolClientSessionConfiguration", of_client(5)),
        ("AdminListUserSessions", user),
        ("AdminRevokeUserSession", session),
    ]
}

#[test]
fn every_operation_refuses_an_unknown_pool_and_one_of_another_account() {
    let app = App::with_devices();
    for (operation, mut input) in accepted() {
        input["UserPoolId"] = json!(UNKNOWN_POOL);
        app.call(operation, &input).refused(
            "ResourceNotFoundException",
            "User pool us-east-1_Nowhere01 does not exist.",
        );
        input["UserPoolId"] = json!(FOREIGN_POOL);
        app.call(operation, &input).refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
    }
}

#[test]
fn a_narrowed_key_reaches_the_operations_that_it_was_granted() {
    let keys = "[[access_keys]]\nid = \"READER\"\nsecret = \"reader-secret\"\n\
                actions = [\"cognito-idp:AdminListUserSessions\"]\npools = [\"us-east-1_Test00001\"]\n";
    let app = Setup::new().with_file(keys).seeded(registry()).start();
    let reader = Key::new("READER", "reader-secret");
    let resource = format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}");
    for (operation, input) in accepted() {
        let answer = app.call_as(&reader, operation, &input);
        if operation == "AdminListUserSessions" {
            answer.ok();
        } else {
            let message = access_denied("READER", operation, &resource);
            answer.refused("AccessDeniedException", &message);
        }
    }
}

#[test]
fn a_pool_that_stops_tracking_shows_its_sessions_again_when_it_tracks_again() {
    let app = Setup::new().seeded(seed()).start();
    sign_in(&app, WEB, "ana");
    assert_eq!(ids(&app, "ana"), [""; 0]);
    track(&app, POOL, 20);
    assert_eq!(ids(&app, "ana"), [""; 0], "a session is not made up");
    sign_in(&app, WEB, "ana");
    let kept = ids(&app, "ana");
    assert_eq!(kept.len(), 1);
    set(&app, POOL, "DISABLED", 20).ok();
    assert_eq!(ids(&app, "ana"), [""; 0]);
    super::revoke(&app, "ana", &kept[0]).refused_as(super::NO_SESSION);
    sign_in(&app, WEB, "ana");
    track(&app, POOL, 20);
    assert_eq!(ids(&app, "ana"), kept);
}
