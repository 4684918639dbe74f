//! `RevokeToken`.

use serde_json::json;

use super::{
    BRIEF, ELSEWHERE, UNREVOKED, exchange, jwks, kid, refresh, revoke, setup, show, start,
};
use crate::world::{
    AppClient, PASSWORD, POOL, REVOKED_ACCESS_TOKEN, REVOKED_REFRESH_TOKEN, WEB, WITH_SECRET,
    access_token, claims, sign_in, token,
};

#[test]
fn revoking_a_refresh_token_ends_its_sign_in_and_no_other() {
    let app = start();
    let (one, other) = (sign_in(&app, WEB, "ana"), sign_in(&app, WEB, "ana"));
    let refresh_token = token(&one, "RefreshToken");
    let refreshed = refresh(&app, WEB, &refresh_token).ok();
    for _ in 0..2 {
        assert_eq!(revoke(&app, WEB, &refresh_token).ok(), json!({}));
        show(&app, &access_token(&one)).refused_as(REVOKED_ACCESS_TOKEN);
        show(&app, &access_token(&refreshed)).refused_as(REVOKED_ACCESS_TOKEN);
        refresh(&app, WEB, &refresh_token).refused_as(REVOKED_REFRESH_TOKEN);
        exchange(&app, WEB, &refresh_token).refused_as(REVOKED_REFRESH_TOKEN);
    }
    assert_eq!(show(&app, &access_token(&other)).status, 200);
    assert_eq!(
        refresh(&app, WEB, &token(&other, "RefreshToken")).status,
        200
    );
}

#[test]
fn what_cannot_be_revoked() {
    let app = start();
    let answer = sign_in(&app, WEB, "ana");
    let refresh_token = token(&answer, "RefreshToken");
    assert_eq!(revoke(&app, WEB, "unknown").ok(), json!({}));
    for name in ["AccessToken", "IdToken"] {
        let refusal = revoke(&app, WEB, &token(&answer, name)).refusal();
        assert_eq!(refusal.0, "UnsupportedTokenTypeException");
    }
    let unrevoked = token(&sign_in(&app, UNREVOKED, "ana"), "RefreshToken");
    assert_eq!(
        revoke(&app, UNREVOKED, &unrevoked).refusal().0,
        "UnsupportedOperationException"
    );
    assert_eq!(refresh(&app, UNREVOKED, &unrevoked).status, 200);
    let of_secret = token(&sign_in(&app, WITH_SECRET, "ana"), "RefreshToken");
    for (client, token) in [
        (
            AppClient {
                secret: None,
                ..WITH_SECRET
            },
            &of_secret,
        ),
        (
            AppClient {
                secret: Some("another0123456789abcdefghijk"),
                ..WITH_SECRET
            },
            &of_secret,
        ),
        (
            AppClient::new(POOL, "unknown0000000000000000001"),
            &of_secret,
        ),
        (BRIEF, &refresh_token),
        (ELSEWHERE, &refresh_token),
    ] {
        assert_eq!(
            revoke(&app, client, token).refusal().0,
            "UnauthorizedException",
            "{}",
            client.id
        );
    }
    assert_eq!(refresh(&app, WEB, &refresh_token).status, 200);
    assert_eq!(refresh(&app, WITH_SECRET, &of_secret).status, 200);
    revoke(&app, WITH_SECRET, &of_secret).ok();
    refresh(&app, WITH_SECRET, &of_secret).refused_as(REVOKED_REFRESH_TOKEN);
}

#[test]
fn tokens_of_a_client_without_revocation_name_no_origin_and_still_end() {
    let app = start();
    let user = json!({"UserPoolId": POOL, "Username": "ana"});
    for admin in [false, true] {
        app.milliseconds_pass(1000);
        let answer = sign_in(&app, UNREVOKED, "ana");
        app.milliseconds_pass(1000);
        let refreshed = refresh(&app, UNREVOKED, &token(&answer, "RefreshToken")).ok();
        for answer in [&answer, &refreshed] {
            for name in ["AccessToken", "IdToken"] {
                let claims = claims(&token(answer, name));
                assert!(claims.get("jti").is_none() && claims.get("origin_jti").is_none());
            }
            assert_eq!(show(&app, &access_token(answer)).status, 200);
        }
        if admin {
            app.call("AdminUserGlobalSignOut", &user).ok();
        } else {
            app.call_open(
                "GlobalSignOut",
                &json!({"AccessToken": access_token(&refreshed)}),
            )
            .ok();
        }
        for answer in [&answer, &refreshed] {
            show(&app, &access_token(answer)).refused_as(REVOKED_ACCESS_TOKEN);
        }
        refresh(&app, UNREVOKED, &token(&answer, "RefreshToken")).refused_as(REVOKED_REFRESH_TOKEN);
    }
}

#[test]
fn tokens_live_on_after_a_restart_and_what_was_revoked_stays_so() {
    let app = setup().on_disk().with("issuer", "aws").start();
    let (kept, revoked) = (sign_in(&app, WEB, "ana"), sign_in(&app, WEB, "ana"));
    revoke(&app, WEB, &token(&revoked, "RefreshToken")).ok();
    let keys = jwks(&app, POOL);
    let app = app.stop().start();
    assert_eq!(jwks(&app, POOL), keys);
    assert_eq!(show(&app, &access_token(&kept)).status, 200);
    let again = refresh(&app, WEB, &token(&kept, "RefreshToken")).ok();
    assert_eq!(kid(&access_token(&again)), kid(&access_token(&kept)));
    show(&app, &access_token(&revoked)).refused_as(REVOKED_ACCESS_TOKEN);
    refresh(&app, WEB, &token(&revoked, "RefreshToken")).refused_as(REVOKED_REFRESH_TOKEN);
    // The file contains nothing that could be used to sign in.
    let setup = app.stop();
    let file = std::fs::read(setup.database()).unwrap();
    for secret in [
        PASSWORD.to_owned(),
        token(&kept, "RefreshToken"),
        access_token(&kept),
    ] {
        assert!(
            !file
                .windows(secret.len())
                .any(|window| window == secret.as_bytes())
        );
    }
}
