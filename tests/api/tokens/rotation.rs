//! Clients that rotate refresh tokens.

use poolhouse::ambient::ManualClock;
use serde_json::{Value, json};

use super::{BRIEF, ROTATING, exchange, refresh, revoke, setup, show, start};
use crate::world::{
    EXPIRED_REFRESH_TOKEN, INVALID_REFRESH_TOKEN, POOL, REVOKED_ACCESS_TOKEN,
    REVOKED_REFRESH_TOKEN, WEB, access_token, claims, sign_in, token,
};

#[test]
fn a_rotating_client_gets_a_new_refresh_token_each_time_for_the_rest_of_the_life() {
    let app = start();
    let first = sign_in(&app, ROTATING, "ana");
    let mut current = token(&first, "RefreshToken");
    for _ in 0..3 {
        app.milliseconds_pass(30 * 60_000);
        let answer = exchange(&app, ROTATING, &current).ok();
        let next = token(&answer, "RefreshToken");
        assert_ne!(next, current);
        assert_eq!(
            claims(&access_token(&answer))["origin_jti"],
            claims(&access_token(&first))["origin_jti"]
        );
        current = next;
    }
    app.milliseconds_pass(30 * 60_000 - 1);
    current = token(&exchange(&app, ROTATING, &current).ok(), "RefreshToken");
    app.milliseconds_pass(1);
    exchange(&app, ROTATING, &current).refused_as(EXPIRED_REFRESH_TOKEN);
}

#[test]
fn a_refresh_token_that_was_replaced_is_taken_for_the_grace_period_alone() {
    let app = start();
    let old = token(&sign_in(&app, ROTATING, "ana"), "RefreshToken");
    let new = token(&exchange(&app, ROTATING, &old).ok(), "RefreshToken");
    app.milliseconds_pass(6_000);
    let retried = token(&exchange(&app, ROTATING, &old).ok(), "RefreshToken");
    // A retry does not lengthen the grace period.
    app.milliseconds_pass(4_000);
    assert_eq!(exchange(&app, ROTATING, &old).status, 200);
    app.milliseconds_pass(1);
    assert_eq!(
        exchange(&app, ROTATING, &old).refusal().0,
        "RefreshTokenReuseException"
    );
    for token in [&new, &retried] {
        assert_eq!(exchange(&app, ROTATING, token).status, 200);
    }
    for client in [BRIEF, WEB] {
        exchange(&app, client, &new).refused_as(INVALID_REFRESH_TOKEN);
    }
}

#[test]
fn a_clock_that_was_ahead_lengthens_no_grace_period() {
    let app = setup().on_disk().start();
    let now = app.clock.now();
    app.milliseconds_pass(3_600_000);
    let old = token(&sign_in(&app, ROTATING, "ana"), "RefreshToken");
    let new = token(&exchange(&app, ROTATING, &old).ok(), "RefreshToken");
    let app = app.stop().start_at(ManualClock::at(now));
    assert_eq!(
        exchange(&app, ROTATING, &old).refusal().0,
        "RefreshTokenReuseException"
    );
    assert_eq!(exchange(&app, ROTATING, &new).status, 200);
}

#[test]
fn a_rotating_client_refreshes_by_its_own_operation_alone() {
    let app = start();
    let refresh_token = token(&sign_in(&app, ROTATING, "ana"), "RefreshToken");
    refresh(&app, ROTATING, &refresh_token).refused(
        "InvalidParameterException",
        "REFRESH_TOKEN_AUTH is not enabled for the client.",
    );
    let input = json!({"UserPoolId": POOL, "ClientId": ROTATING.id, "AuthFlow": "REFRESH_TOKEN_AUTH",
        "AuthParameters": {"REFRESH_TOKEN": refresh_token}});
    app.call("AdminInitiateAuth", &input).refused(
        "InvalidParameterException",
        "Auth flow not enabled for this client",
    );
    // After rotation is switched off, a replaced token stays replaced.
    let new = token(
        &exchange(&app, ROTATING, &refresh_token).ok(),
        "RefreshToken",
    );
    let input = json!({"UserPoolId": POOL, "ClientId": ROTATING.id, "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]});
    app.call("UpdateUserPoolClient", &input).ok();
    refresh(&app, ROTATING, &refresh_token).refused_as(INVALID_REFRESH_TOKEN);
    exchange(&app, ROTATING, &refresh_token).refused_as(INVALID_REFRESH_TOKEN);
    assert_eq!(refresh(&app, ROTATING, &new).status, 200);
    assert_eq!(
        exchange(&app, ROTATING, &new).ok()["AuthenticationResult"]["RefreshToken"],
        Value::Null
    );
}

#[test]
fn revoking_any_token_of_a_rotation_ends_them_all() {
    let app = start();
    for which in 0..2 {
        let old = token(&sign_in(&app, ROTATING, "ana"), "RefreshToken");
        let answer = exchange(&app, ROTATING, &old).ok();
        let new = token(&answer, "RefreshToken");
        revoke(&app, ROTATING, [&old, &new][which]).ok();
        for token in [&old, &new] {
            exchange(&app, ROTATING, token).refused_as(REVOKED_REFRESH_TOKEN);
        }
        show(&app, &access_token(&answer)).refused_as(REVOKED_ACCESS_TOKEN);
    }
}
