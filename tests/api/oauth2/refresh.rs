//! Refreshing at the token endpoint, with and without rotation.

use serde_json::{Value, json};

use super::{PLAIN, ROTATING, SHOP, asked, changed, refused, signed_in, start, text, token};
use crate::world::{Answer, App, AppClient, NOW_MS, POOL, WEB, claims, sign_in};

fn refresh(app: &App, client: AppClient<'_>, refresh_token: &str) -> Answer {
    token(
        app,
        client,
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("scope", "openid"),
        ],
    )
}

fn refresh_token(tokens: &Value) -> &str {
    text(tokens, "refresh_token")
}

#[test]
fn a_refresh_token_gives_tokens_with_the_same_scopes() {
    let app = start();
    let request = changed(
        &asked(SHOP),
        &[("scope", "openid email shop/read"), ("nonce", "n1")],
    );
    let tokens = signed_in(&app, SHOP, &request);
    app.seconds_pass(600);
    let refreshed = refresh(&app, SHOP, refresh_token(&tokens)).ok();
    assert_eq!(refreshed.as_object().unwrap().len(), 4);
    assert_eq!(refreshed.get("refresh_token"), None);
    let [before, after] = [&tokens, &refreshed].map(|tokens| claims(text(tokens, "access_token")));
    for same in ["scope", "origin_jti", "auth_time", "version", "sub"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(after["iat"], NOW_MS / 1000 + 600);
    // The nonce was that of the request for authorization.
    let id = claims(text(&refreshed, "id_token"));
    assert_eq!(id.get("nonce"), None);
    assert_eq!(id["email"], "ana@example.com");
    assert_eq!(id.get("nickname"), None);
}

#[test]
fn a_client_that_rotates_gets_another_refresh_token_each_time() {
    let app = start();
    let first = signed_in(&app, ROTATING, &asked(ROTATING));
    app.seconds_pass(1);
    let second = refresh(&app, ROTATING, refresh_token(&first)).ok();
    assert_ne!(refresh_token(&first), refresh_token(&second));
    app.seconds_pass(1);
    refused(
        &refresh(&app, ROTATING, refresh_token(&first)),
        400,
        "invalid_grant",
    );
    refresh(&app, ROTATING, refresh_token(&second)).ok();
}

#[test]
fn a_refresh_token_that_does_not_count_is_refused() {
    let app = start();
    let tokens = signed_in(&app, SHOP, &asked(SHOP));
    let refresh_token = refresh_token(&tokens).to_owned();
    for wrong in ["x", text(&tokens, "access_token")] {
        refused(&refresh(&app, SHOP, wrong), 400, "invalid_grant");
    }
    refused(&refresh(&app, WEB, &refresh_token), 400, "invalid_grant");
    refused(
        &refresh(&app, PLAIN, &refresh_token),
        400,
        "unauthorized_client",
    );
    app.call(
        "AdminUserGlobalSignOut",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .done();
    refused(&refresh(&app, SHOP, &refresh_token), 400, "invalid_grant");
    app.seconds_pass(1);
    let tokens = signed_in(&app, SHOP, &asked(SHOP));
    app.seconds_pass(30 * 24 * 3600);
    refused(
        &refresh(&app, SHOP, text(&tokens, "refresh_token")),
        400,
        "invalid_grant",
    );
}

#[test]
fn refresh_tokens_of_the_api_and_of_the_endpoint_are_the_same_kind() {
    let app = start();
    let of_api = sign_in(&app, WEB, "ana");
    let of_api = of_api["AuthenticationResult"]["RefreshToken"]
        .as_str()
        .unwrap();
    let refreshed = refresh(&app, WEB, of_api).ok();
    let access = claims(text(&refreshed, "access_token"));
    assert_eq!(
        [&access["scope"], &access["version"]],
        [&json!("aws.cognito.signin.user.admin"), &Value::Null]
    );
    let request = changed(&asked(WEB), &[("scope", "shop/read")]);
    let tokens = signed_in(&app, WEB, &request);
    let parameters = json!({"REFRESH_TOKEN": refresh_token(&tokens)});
    let by_api = crate::world::initiate(&app, WEB, "REFRESH_TOKEN_AUTH", parameters).ok();
    let result = &by_api["AuthenticationResult"];
    assert_eq!(result.get("IdToken"), None);
    assert_eq!(claims(text(result, "AccessToken"))["scope"], "shop/read");
}
