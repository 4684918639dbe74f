//! What the tokens of a code say.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    IMPLICIT, NOW_S, SHOP, asked, authorize, browser, changed, code, exchange, location, parameter,
    parameters, signed_in, start, text,
};
use crate::world::{ANA_SUB, App, POOL, WEB, claims};

/// The names of a user's attributes in the ID token of a sign-in with these scopes.
fn shown(app: &App, scope: &str) -> Vec<String> {
    let tokens = signed_in(app, WEB, &changed(&asked(WEB), &[("scope", scope)]));
    app.seconds_pass(1);
    let claims = claims(text(&tokens, "id_token"));
    let own = [
        "email",
        "email_verified",
        "phone_number",
        "phone_number_verified",
        "nickname",
        "address",
        "custom:plan",
    ];
    let own = own.into_iter().filter(|name| claims.get(*name).is_some());
    own.map(str::to_owned).collect()
}

#[test]
fn tokens_of_a_code_say_what_the_services_say() {
    let app = start();
    let request = changed(
        &asked(WEB),
        &[
            ("nonce", "n-0S6_WzA2Mj"),
            ("scope", "openid email shop/read"),
        ],
    );
    let tokens = signed_in(&app, WEB, &request);
    let (access, id) = (
        claims(text(&tokens, "access_token")),
        claims(text(&tokens, "id_token")),
    );
    // The issuer is that of the API on the same host.
    let issuer = format!("http://{}/{POOL}", app.host());
    assert_eq!(
        access,
        json!({
            "sub": ANA_SUB, "iss": issuer, "client_id": WEB.id, "origin_jti": access["origin_jti"],
            "event_id": access["event_id"], "token_use": "access", "scope": "openid email shop/read", "version": 2,
            "auth_time": NOW_S, "exp": NOW_S + 3600, "iat": NOW_S, "jti": access["jti"], "username": "ana",
        })
    );
    let hash: [u8; 32] = Sha256::digest(text(&tokens, "access_token")).into();
    assert_eq!(
        id,
        json!({
            "sub": ANA_SUB, "iss": issuer, "aud": WEB.id, "cognito:username": "ana", "email": "ana@example.com",
            "email_verified": true, "nonce": "n-0S6_WzA2Mj", "at_hash": URL_SAFE_NO_PAD.encode(&hash[..16]),
            "origin_jti": access["origin_jti"], "event_id": access["event_id"], "token_use": "id",
            "auth_time": NOW_S, "exp": NOW_S + 3600, "iat": NOW_S, "jti": id["jti"],
        })
    );
    assert_eq!(id["at_hash"].as_str().unwrap().len(), 22);
    assert_ne!(access["jti"], id["jti"]);
}

#[test]
fn scopes_choose_the_attributes() {
    let app = start();
    let all = [
        "email",
        "email_verified",
        "phone_number",
        "nickname",
        "address",
        "custom:plan",
    ];
    assert_eq!(shown(&app, "openid"), all);
    assert_eq!(shown(&app, "openid aws.cognito.signin.user.admin"), all);
    assert_eq!(shown(&app, "openid email"), ["email", "email_verified"]);
    assert_eq!(shown(&app, "openid phone"), ["phone_number"]);
    assert_eq!(shown(&app, "openid profile"), ["nickname", "custom:plan"]);
    let three = [
        "email",
        "email_verified",
        "phone_number",
        "nickname",
        "custom:plan",
    ];
    assert_eq!(shown(&app, "profile phone email openid"), three);
}

#[test]
fn without_scope_the_client_gets_all_that_it_may_ask_for() {
    let app = start();
    let tokens = signed_in(&app, WEB, &changed(&asked(WEB), &[("scope", "")]));
    let all = "openid email phone profile aws.cognito.signin.user.admin shop/read";
    assert_eq!(claims(text(&tokens, "access_token"))["scope"], all);
}

#[test]
fn scopes_stand_in_the_order_of_the_request_and_once() {
    let app = start();
    let request = changed(&asked(WEB), &[("scope", "shop/read  email openid email")]);
    let tokens = signed_in(&app, WEB, &request);
    assert_eq!(
        claims(text(&tokens, "access_token"))["scope"],
        "shop/read email openid"
    );
}

#[test]
fn scopes_of_a_deleted_resource_server_are_left_out() {
    let app = start();
    let server = json!({"UserPoolId": POOL, "Identifier": "shop"});
    app.call("DeleteResourceServer", &server).done();
    let request = changed(&asked(WEB), &[("scope", "openid shop/read")]);
    let tokens = signed_in(&app, WEB, &request);
    assert_eq!(claims(text(&tokens, "access_token"))["scope"], "openid");
}

#[test]
fn a_resource_is_the_audience_of_the_access_token_and_stays_it() {
    let app = start();
    let request = changed(&asked(WEB), &[("resource", "https://api.test/orders")]);
    let tokens = signed_in(&app, WEB, &request);
    assert_eq!(
        claims(text(&tokens, "access_token"))["aud"],
        "https://api.test/orders"
    );
    assert_eq!(claims(text(&tokens, "id_token"))["aud"], WEB.id);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&tokens, "refresh_token")),
    ];
    let tokens = super::token(&app, WEB, &form).ok();
    assert_eq!(
        claims(text(&tokens, "access_token"))["aud"],
        "https://api.test/orders"
    );
}

#[test]
fn the_implicit_flow_gives_tokens_in_the_fragment_and_none_to_refresh_with() {
    let app = start();
    let cookie = browser(&app, "ana");
    let implicit = |change: &[(&'static str, &'static str)]| {
        let request = changed(
            &asked(IMPLICIT),
            &[("response_type", "token"), ("nonce", "n1")],
        );
        location(&authorize(&app, Some(&cookie), &changed(&request, change)))
    };
    let sent = implicit(&[]);
    assert!(
        sent.starts_with("https://app.test/callback#id_token="),
        "{sent}"
    );
    let names: Vec<String> = parameters(&sent)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        [
            "id_token",
            "access_token",
            "token_type",
            "expires_in",
            "state"
        ]
    );
    assert_eq!(parameter(&sent, "token_type"), "Bearer");
    assert_eq!(parameter(&sent, "expires_in"), "3600");
    let id = claims(&parameter(&sent, "id_token"));
    assert_eq!(
        [&id["nonce"], &id["email"]],
        [&json!("n1"), &json!("ana@example.com")]
    );
    assert_eq!(claims(&parameter(&sent, "access_token"))["version"], 2);
    let sent = implicit(&[("scope", "shop/read")]);
    assert!(
        sent.starts_with("https://app.test/callback#access_token="),
        "{sent}"
    );
    // Mistakes stand in the fragment too.
    let sent = implicit(&[("scope", "unknown")]);
    assert_eq!(
        sent,
        "https://app.test/callback#error=invalid_scope&state=state-1"
    );
}

#[test]
fn tokens_name_the_groups_of_the_moment_of_the_exchange() {
    let app = start();
    let cookie = browser(&app, "ana");
    let given = code(&authorize(&app, Some(&cookie), &asked(SHOP)));
    let group = json!({"UserPoolId": POOL, "GroupName": "staff"});
    app.call("CreateGroup", &group).ok();
    let member = json!({"UserPoolId": POOL, "GroupName": "staff", "Username": "ana"});
    app.call("AdminAddUserToGroup", &member).done();
    let tokens = exchange(&app, SHOP, &given).ok();
    for name in ["access_token", "id_token"] {
        let groups: Value = claims(text(&tokens, name))["cognito:groups"].clone();
        assert_eq!(groups, json!(["staff"]));
    }
}
