//! What userInfo tells.

use serde_json::{Value, json};

use super::{asked, at, at_domain, changed, signed_in, start, text};
use crate::world::{ANA_SUB, Answer, App, POOL, WEB, access_token, sign_in};

fn ask_at(app: &App, url: String, authorization: Option<&str>) -> Answer {
    let mut request = http::Request::get(url);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    app.send(request.body(Vec::new()).unwrap())
}

fn ask(app: &App, token: &str) -> Answer {
    ask_at(
        app,
        at(app, "/oauth2/userInfo"),
        Some(&format!("Bearer {token}")),
    )
}

#[track_caller]
fn refused(answer: &Answer, status: u16, error: &str, description: &str) {
    assert_eq!(answer.status, status);
    assert_eq!(
        answer.json(),
        json!({"error": error, "error_description": description})
    );
    let header = format!("error=\"{error}\", error_description=\"{description}\"");
    assert_eq!(answer.header("www-authenticate"), header);
}

const ENDED: &str =
    "Access token is expired, disabled, or deleted, or the user has globally signed out.";

fn token_of(app: &App, scope: &str) -> String {
    let tokens: Value = signed_in(app, WEB, &changed(&asked(WEB), &[("scope", scope)]));
    app.seconds_pass(1);
    text(&tokens, "access_token").to_owned()
}

#[test]
fn it_tells_what_the_scopes_show() {
    let app = start();
    let answer = ask(&app, &token_of(&app, "openid"));
    assert_eq!(
        answer.header("content-type"),
        "application/json;charset=UTF-8"
    );
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(
        answer.header("cache-control"),
        "no-cache, no-store, max-age=0, must-revalidate"
    );
    assert_eq!(
        answer.ok(),
        json!({"sub": ANA_SUB, "username": "ana", "email": "ana@example.com", "email_verified": "true",
            "phone_number": "+12065550100", "nickname": "annie", "address": {"formatted": "1 Road"}, "custom:plan": "free"})
    );
    let told = ask(&app, &token_of(&app, "openid phone")).ok();
    assert_eq!(
        told,
        json!({"sub": ANA_SUB, "username": "ana", "phone_number": "+12065550100"})
    );
}

#[test]
fn it_is_asked_by_post_too() {
    let app = start();
    let request = http::Request::post(at(&app, "/oauth2/userInfo")).header(
        "authorization",
        format!("bearer {}", token_of(&app, "openid")),
    );
    assert_eq!(
        app.send(request.body(Vec::new()).unwrap()).ok()["sub"],
        ANA_SUB
    );
}

#[test]
fn a_request_without_a_token_is_bad() {
    let app = start();
    let bad = "Bad OAuth2 request at UserInfo Endpoint";
    for authorization in [None, Some("Basic YTpi"), Some("Bearer"), Some("Bearer ")] {
        let answer = ask_at(&app, at(&app, "/oauth2/userInfo"), authorization);
        refused(&answer, 400, "invalid_request", bad);
    }
}

#[test]
fn tokens_without_openid_are_not_for_it() {
    let app = start();
    let of_api = access_token(&sign_in(&app, WEB, "ana"));
    let no_openid = "Access token does not contain openid scope";
    for token in [of_api, token_of(&app, "shop/read")] {
        refused(&ask(&app, &token), 401, "invalid_token", no_openid);
    }
}

#[test]
fn tokens_that_do_not_count_are_refused() {
    let app = start();
    let token = token_of(&app, "openid");
    for wrong in ["x", "a.b.c", &format!("{token}x")] {
        refused(&ask(&app, wrong), 401, "invalid_token", ENDED);
    }
    // A token of another pool than the domain's.
    let url = at_domain(&app, "other", "/oauth2/userInfo");
    refused(
        &ask_at(&app, url, Some(&format!("Bearer {token}"))),
        401,
        "invalid_token",
        ENDED,
    );
    ask(&app, &token).ok();
    app.seconds_pass(3600);
    refused(&ask(&app, &token), 401, "invalid_token", ENDED);
    let user = json!({"UserPoolId": POOL, "Username": "ana"});
    for end in [
        "AdminUserGlobalSignOut",
        "AdminDisableUser",
        "AdminDeleteUser",
    ] {
        app.call("AdminEnableUser", &user).ok();
        let token = token_of(&app, "openid");
        app.call(end, &user).done();
        refused(&ask(&app, &token), 401, "invalid_token", ENDED);
    }
}
