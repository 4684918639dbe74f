//! Tokens of clients themselves.

use serde_json::{Value, json};

use super::{MACHINE, NOW_S, SHOP, at, get, refused, start, text, token};
use crate::world::{Answer, App, POOL, WEB, claims};

fn ask(app: &App, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(more);
    token(app, MACHINE, &form)
}

#[test]
fn a_client_gets_a_token_for_itself() {
    let app = start();
    let answer = ask(&app, &[("scope", "shop/read")]).ok();
    let body =
        json!({"access_token": answer["access_token"], "expires_in": 7200, "token_type": "Bearer"});
    assert_eq!(answer, body);
    let claims = claims(text(&answer, "access_token"));
    assert_eq!(
        claims,
        json!({
            "sub": MACHINE.id, "token_use": "access", "scope": "shop/read", "auth_time": NOW_S,
            "iss": format!("http://{}/{POOL}", app.host()), "exp": NOW_S + 7200, "iat": NOW_S, "version": 2,
            "jti": claims["jti"], "client_id": MACHINE.id,
        })
    );
}

#[test]
fn without_scope_the_client_gets_those_that_the_pool_has() {
    let app = start();
    let scope = |app: &App| claims(text(&ask(app, &[]).ok(), "access_token"))["scope"].clone();
    // The scope shop/gone is the client's, and no resource server's.
    assert_eq!(scope(&app), "shop/read");
    let server = json!({"UserPoolId": POOL, "Identifier": "shop"});
    app.call("DeleteResourceServer", &server).done();
    assert_eq!(scope(&app), "");
}

#[test]
fn a_scope_must_exist_and_be_the_clients() {
    let app = start();
    for unknown in [
        "shop/gone",
        "shop/unknown",
        "other",
        "shop/read shop/unknown",
    ] {
        refused(&ask(&app, &[("scope", unknown)]), 400, "invalid_scope");
    }
    for denied in ["shop/write", "shop/read shop/write", "openid"] {
        refused(&ask(&app, &[("scope", denied)]), 400, "invalid_grant");
    }
}

#[test]
fn only_clients_of_the_grant_that_prove_themselves_get_tokens() {
    let app = start();
    let form = [("grant_type", "client_credentials")];
    for client in [WEB, SHOP] {
        refused(&token(&app, client, &form), 400, "unauthorized_client");
    }
    let wrong = json!({"error": "invalid_client", "error_description": "invalid_client_secret"});
    for client in [
        MACHINE.with_secret("wrong"),
        crate::world::AppClient::new(POOL, MACHINE.id),
    ] {
        let answer = token(&app, client, &form);
        assert_eq!((answer.status, answer.json()), (400, wrong.clone()));
    }
}

#[test]
fn a_token_of_a_client_is_no_users() {
    let app = start();
    let token: Value = ask(&app, &[]).ok();
    let access = text(&token, "access_token");
    let shown = app.call_open("GetUser", &json!({"AccessToken": access}));
    shown.refused(
        "NotAuthorizedException",
        "Access Token does not have required scopes",
    );
    let request = http::Request::get(at(&app, "/oauth2/userInfo"))
        .header("authorization", format!("Bearer {access}"));
    let told = app.send(request.body(Vec::new()).unwrap());
    assert_eq!(
        (told.status, &told.json()["error"]),
        (401, &json!("invalid_token"))
    );
    assert_eq!(get(&app, &at(&app, "/oauth2/userInfo"), None).status, 400);
}
