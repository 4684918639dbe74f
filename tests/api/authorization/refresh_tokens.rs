//! The operations that take a refresh token, with invalid tokens.

use std::time::Duration;

use serde_json::{Value, json};

use super::registry::{ELSEWHERE, MOBILE, POOL, ROTATING, WEB, assert_no_trace, dump, start};
use super::sessions::altered;
use super::{Refusal, Tally};
use crate::model::Name;
use crate::world::{
    Answer, App, AppClient, DISABLED, Device, EXPIRED_REFRESH_TOKEN, INVALID_REFRESH_TOKEN,
    PASSWORD, REVOKED_REFRESH_TOKEN, access_token, confirm_device, sign_in_by_password, token,
};

/// A refresh token, and the device that it is bound to.
struct Bound {
    token: String,
    device: Device,
    access: String,
}

fn bound(app: &App, client: AppClient<'_>, user: &str) -> Bound {
    let answer = sign_in_by_password(app, client, user, PASSWORD, &[]).ok();
    let (device, access) = (Device::issued(&answer), access_token(&answer));
    confirm_device(app, &access, &device).ok();
    Bound {
        token: token(&answer, "RefreshToken"),
        device,
        access,
    }
}

/// The ways to get tokens for a refresh token.
const WAYS: [(Name, Option<&str>); 5] = [
    ("InitiateAuth", Some("REFRESH_TOKEN_AUTH")),
    ("InitiateAuth", Some("REFRESH_TOKEN")),
    ("AdminInitiateAuth", Some("REFRESH_TOKEN_AUTH")),
    ("AdminInitiateAuth", Some("REFRESH_TOKEN")),
    ("GetTokensFromRefreshToken", None),
];

fn refresh(
    app: &App,
    (name, flow): (Name, Option<&str>),
    client: AppClient<'_>,
    token: &str,
    device: Option<&str>,
) -> Answer {
    let mut input = json!({"ClientId": client.id});
    let Some(flow) = flow else {
        input["RefreshToken"] = token.into();
        input["DeviceKey"] = device.into();
        return app.call_open(name, &input);
    };
    input["AuthFlow"] = flow.into();
    input["AuthParameters"] = json!({"REFRESH_TOKEN": token});
    if let Some(device) = device {
        input["AuthParameters"]["DEVICE_KEY"] = device.into();
    }
    if name == "InitiateAuth" {
        return app.call_open(name, &input);
    }
    input["UserPoolId"] = client.pool.into();
    app.call(name, &input)
}

fn user(name: &str) -> Value {
    json!({"UserPoolId": POOL, "Username": name})
}

#[test]
fn nothing_is_given_for_a_refresh_token_that_does_not_count() {
    let app = start();
    let expired = bound(&app, WEB, "ana");
    app.clock.advance(Duration::from_hours(24 * 31));
    let revoke = |client: AppClient<'_>, token: &str| {
        app.call_open(
            "RevokeToken",
            &json!({"ClientId": client.id, "Token": token}),
        )
    };
    let revoked = bound(&app, WEB, "revoked");
    revoke(WEB, &revoked.token).ok();
    let signed_out = bound(&app, WEB, "signed-out");
    app.call_open("GlobalSignOut", &json!({"AccessToken": signed_out.access}))
        .ok();
    let by_admin = bound(&app, WEB, "signed-out-by-admin");
    app.call("AdminUserGlobalSignOut", &user("signed-out-by-admin"))
        .ok();
    let disabled = bound(&app, WEB, "disabled");
    app.call("AdminDisableUser", &user("disabled")).ok();
    let enabled = bound(&app, WEB, "enabled-again");
    app.call("AdminDisableUser", &user("enabled-again")).ok();
    app.call("AdminEnableUser", &user("enabled-again")).ok();
    let deleted = bound(&app, WEB, "deleted");
    app.call("AdminDeleteUser", &user("deleted")).done();
    let forgotten = bound(&app, WEB, "ben");
    let forget = json!({"AccessToken": forgotten.access, "DeviceKey": forgotten.device.key});
    app.call_open("ForgetDevice", &forget).done();
    let (mobile, elsewhere) = (bound(&app, MOBILE, "ana"), bound(&app, ELSEWHERE, "ana"));
    let (good, other) = (bound(&app, WEB, "ana"), bound(&app, WEB, "ana"));

    let invalid = || Refusal::of(INVALID_REFRESH_TOKEN);
    let ended = || Refusal::of(REVOKED_REFRESH_TOKEN);
    let before = dump(&app.database(), &[]);
    let mut tally = Tally::default();
    for way in WAYS {
        let mut refused = |kind: &str, token: &str, device: Option<&str>, refusal: Refusal| {
            let answer = refresh(&app, way, WEB, token, device);
            tally.expects(way.0, kind, &answer, &refusal);
        };
        for (kind, bound, refusal) in [
            ("expired", &expired, Refusal::of(EXPIRED_REFRESH_TOKEN)),
            ("revoked", &revoked, ended()),
            ("signed out", &signed_out, ended()),
            ("signed out by an administrator", &by_admin, ended()),
            ("of a disabled user", &disabled, Refusal::of(DISABLED)),
            ("of a user who was disabled", &enabled, ended()),
            ("of a deleted user", &deleted, invalid()),
            ("of a forgotten device", &forgotten, invalid()),
            ("another client's", &mobile, invalid()),
            ("another pool's", &elsewhere, invalid()),
        ] {
            refused(kind, &bound.token, Some(&bound.device.key), refusal);
        }
        let device = Some(&*good.device.key);
        refused("without its device", &good.token, None, invalid());
        refused(
            "with another device",
            &good.token,
            Some(&other.device.key),
            invalid(),
        );
        refused("an access token", &good.access, device, invalid());
        refused("garbage", "garbage", device, invalid());
        for token in altered(&good.token).step_by(7) {
            refused("altered", &token, device, invalid());
        }
    }
    // Revoking an invalid token succeeds and does nothing (RFC 7009 section 2.2).
    for token in altered(&good.token).step_by(97) {
        revoke(WEB, &token).ok();
    }
    let unauthorized = Refusal::new("UnauthorizedException", "Invalid client.");
    for (kind, token) in [
        ("another client's", &mobile.token),
        ("another pool's", &elsewhere.token),
    ] {
        tally.expects("RevokeToken", kind, &revoke(WEB, token), &unauthorized);
    }
    let unsupported = Refusal::new("UnsupportedTokenTypeException", "Unsupported token type.");
    tally.expects(
        "RevokeToken",
        "an access token",
        &revoke(WEB, &good.access),
        &unsupported,
    );
    tally.came_to("refresh tokens", 4, 15);
    assert_no_trace(&app, &before, &[]);

    // The valid token is accepted: otherwise the test would show nothing.
    for way in WAYS {
        refresh(&app, way, WEB, &good.token, Some(&good.device.key)).ok();
    }
}

#[test]
fn a_refresh_token_that_was_exchanged_counts_no_more() {
    let app = start();
    let bound = bound(&app, ROTATING, "ana");
    let way = WAYS[4];
    let exchange = || refresh(&app, way, ROTATING, &bound.token, Some(&bound.device.key));
    exchange().ok();
    app.milliseconds_pass(1);
    let before = dump(&app.database(), &[]);
    exchange().refused(
        "RefreshTokenReuseException",
        "Refresh token reuse detected.",
    );
    assert_no_trace(&app, &before, &[]);
}
