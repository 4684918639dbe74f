//! The exchange of codes for tokens.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{
    CALLBACK, CHALLENGE, ELSEWHERE, IMPLICIT, PLAIN, ROTATING, SHOP, VERIFIER, asked, at,
    authorize, browser, changed, code, encoded, exchange, post, refused, signed_in, start, text,
    token,
};
use crate::world::{AppClient, WEB, claims};

const CODE: (&str, &str) = ("grant_type", "authorization_code");
const BACK: (&str, &str) = ("redirect_uri", CALLBACK);

#[test]
fn a_code_gives_the_tokens_of_the_service() {
    let app = start();
    let cookie = browser(&app, "ana");
    for client in [WEB, SHOP] {
        let given = code(&authorize(&app, Some(&cookie), &asked(client)));
        let answer = exchange(&app, client, &given);
        assert_eq!(
            answer.header("content-type"),
            "application/json;charset=UTF-8"
        );
        let id = answer.header("x-amz-cognito-request-id");
        assert_eq!(id, answer.header("x-amzn-requestid"));
        for (name, value) in [
            ("access-control-allow-origin", "*"),
            (
                "cache-control",
                "no-cache, no-store, max-age=0, must-revalidate",
            ),
            ("pragma", "no-cache"),
            ("expires", "0"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("x-xss-protection", "1; mode=block"),
        ] {
            assert_eq!(answer.header(name), value, "{name}");
        }
        let body = String::from_utf8(answer.body.clone()).unwrap();
        let at = |name: &str| body.find(&format!("\"{name}\":")).unwrap();
        let order = [
            "id_token",
            "access_token",
            "refresh_token",
            "expires_in",
            "token_type",
        ]
        .map(at);
        assert!(order.is_sorted(), "{order:?}");
        let tokens = answer.ok();
        assert_eq!(tokens.as_object().unwrap().len(), 5);
        assert_eq!(
            [&tokens["expires_in"], &tokens["token_type"]],
            [&json!(3600), &json!("Bearer")]
        );
        // The API takes the tokens too.
        let shown = app.call_open(
            "GetUser",
            &json!({"AccessToken": text(&tokens, "access_token")}),
        );
        shown.refused(
            "NotAuthorizedException",
            "Access Token does not have required scopes",
        );
    }
}

#[test]
fn without_openid_there_is_no_id_token() {
    let app = start();
    let request = changed(
        &asked(WEB),
        &[("scope", "aws.cognito.signin.user.admin shop/read")],
    );
    let tokens = signed_in(&app, WEB, &request);
    assert_eq!(tokens.get("id_token"), None);
    let access = text(&tokens, "access_token");
    assert_eq!(
        claims(access)["scope"],
        "aws.cognito.signin.user.admin shop/read"
    );
    let shown = app
        .call_open("GetUser", &json!({"AccessToken": access}))
        .ok();
    assert_eq!(shown["Username"], "ana");
}

#[test]
fn a_code_serves_once_and_for_five_minutes() {
    let app = start();
    let cookie = browser(&app, "ana");
    let given = code(&authorize(&app, Some(&cookie), &asked(WEB)));
    app.seconds_pass(299);
    exchange(&app, WEB, &given).ok();
    refused(&exchange(&app, WEB, &given), 400, "invalid_grant");
    let given = code(&authorize(&app, Some(&cookie), &asked(WEB)));
    app.seconds_pass(300);
    refused(&exchange(&app, WEB, &given), 400, "invalid_grant");
}

#[test]
fn a_code_is_bound_to_its_client() {
    let app = start();
    let cookie = browser(&app, "ana");
    let given = code(&authorize(&app, Some(&cookie), &asked(WEB)));
    for client in [SHOP, ROTATING] {
        refused(&exchange(&app, client, &given), 400, "invalid_grant");
    }
    refused(
        &exchange(&app, WEB, "7378f445-c87f-400c-855e-0297d072ff03"),
        400,
        "invalid_grant",
    );
    exchange(&app, WEB, &given).ok();
}

#[test]
fn a_code_is_bound_to_its_address_and_used_up_by_another() {
    let app = start();
    let cookie = browser(&app, "ana");
    let given = code(&authorize(&app, Some(&cookie), &asked(WEB)));
    let answer = token(
        &app,
        WEB,
        &[CODE, ("code", &given), ("redirect_uri", "myapp://back")],
    );
    let told = json!({"error": "unauthorized_client", "error_description": "invalid_redirect"});
    assert_eq!((answer.status, answer.json()), (400, told));
    refused(&exchange(&app, WEB, &given), 400, "invalid_grant");
}

#[test]
fn a_challenge_needs_its_verifier() {
    let app = start();
    let cookie = browser(&app, "ana");
    let challenged = changed(
        &asked(WEB),
        &[
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ],
    );
    let show = |request: &[(&str, &str)], verifier: &str| {
        let given = code(&authorize(&app, Some(&cookie), request));
        let form = [CODE, BACK, ("code", &given), ("code_verifier", verifier)];
        token(&app, WEB, &changed(&[], &form))
    };
    show(&challenged, VERIFIER).ok();
    for wrong in ["", CHALLENGE, "x", &VERIFIER.to_lowercase()] {
        refused(&show(&challenged, wrong), 400, "invalid_grant");
    }
    // A verifier without a challenge: somebody has taken the challenge away.
    refused(&show(&asked(WEB), VERIFIER), 400, "invalid_grant");
    show(&asked(WEB), "").ok();
}

#[test]
fn a_refused_client_does_not_use_up_the_code() {
    let app = start();
    let cookie = browser(&app, "ana");
    let given = code(&authorize(&app, Some(&cookie), &asked(SHOP)));
    let form = [CODE, BACK, ("code", given.as_str()), ("client_id", SHOP.id)];
    let ask = |more: &[(&str, &str)], authorization: &str| {
        let mut request = http::Request::post(at(&app, "/oauth2/token")).header(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        );
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        app.send(
            request
                .body(encoded(&changed(&form, more)).into_bytes())
                .unwrap(),
        )
    };
    let secret = SHOP.secret.unwrap();
    let wrong = json!({"error": "invalid_client", "error_description": "invalid_client_secret"});
    for answer in [ask(&[], ""), ask(&[("client_secret", "wrong")], "")] {
        assert_eq!((answer.status, answer.json()), (400, wrong.clone()));
    }
    // Header and body must say the same.
    let basic =
        |id: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let both = ask(&[("client_secret", "other")], &basic(SHOP.id, secret));
    refused(&both, 400, "invalid_client");
    refused(
        &ask(&[("client_id", WEB.id)], &basic(SHOP.id, secret)),
        400,
        "invalid_client",
    );
    refused(&ask(&[], "Bearer x"), 400, "invalid_client");
    refused(
        &ask(&[("client_id", "unknown0000000000000000001")], ""),
        400,
        "invalid_client",
    );
    refused(&ask(&[("client_id", "")], ""), 400, "invalid_request");
    ask(&[("client_secret", secret)], &basic(SHOP.id, secret)).ok();
}

#[test]
fn a_secret_is_sent_in_the_header_or_in_the_body_and_either_of_two_counts() {
    let app = start();
    let cookie = browser(&app, "ana");
    let client = json!({"UserPoolId": SHOP.pool, "ClientId": SHOP.id, "ClientSecret": "second0123456789abcdefghijkl"});
    app.call("AddUserPoolClientSecret", &client).ok();
    for secret in [SHOP.secret.unwrap(), "second0123456789abcdefghijkl"] {
        let given = code(&authorize(&app, Some(&cookie), &asked(SHOP)));
        exchange(&app, SHOP.with_secret(secret), &given).ok();
        let given = code(&authorize(&app, Some(&cookie), &asked(SHOP)));
        let public = AppClient::new(SHOP.pool, SHOP.id);
        token(
            &app,
            public,
            &[CODE, BACK, ("code", &given), ("client_secret", secret)],
        )
        .ok();
    }
    // A client without a secret sends none.
    let given = code(&authorize(&app, Some(&cookie), &asked(WEB)));
    let answer = exchange(&app, WEB.with_secret("any"), &given);
    assert_eq!(
        (answer.status, &answer.json()["error"]),
        (400, &json!("invalid_client"))
    );
}

#[test]
fn what_is_not_a_request_for_tokens_is_refused() {
    let app = start();
    for form in [
        &[][..],
        &[("grant_type", "")],
        &[CODE],
        &[CODE, ("code", "x")],
        &[CODE, BACK],
        &[("grant_type", "refresh_token")],
    ] {
        refused(&token(&app, WEB, form), 400, "invalid_request");
    }
    for grant_type in [
        "password",
        "urn:ietf:params:oauth:grant-type:device_code",
        "Authorization_Code",
    ] {
        refused(
            &token(&app, WEB, &[("grant_type", grant_type)]),
            400,
            "unsupported_grant_type",
        );
    }
    refused(
        &token(&app, WEB, &[CODE, CODE, BACK, ("code", "x")]),
        400,
        "invalid_request",
    );
    for client in [PLAIN, IMPLICIT] {
        refused(
            &token(&app, client, &[CODE, BACK, ("code", "x")]),
            400,
            "unauthorized_client",
        );
    }
    // A client of another pool is none of this domain's.
    refused(
        &token(&app, ELSEWHERE, &[CODE, BACK, ("code", "x")]),
        400,
        "invalid_client",
    );
    for content_type in ["application/json", "", "text/plain"] {
        let request =
            http::Request::post(at(&app, "/oauth2/token")).header("content-type", content_type);
        let body = json!({"grant_type": "authorization_code", "client_id": WEB.id}).to_string();
        refused(
            &app.send(request.body(body.into_bytes()).unwrap()),
            400,
            "invalid_request",
        );
    }
    let shown = app.send(
        http::Request::get(at(&app, "/oauth2/token"))
            .body(Vec::new())
            .unwrap(),
    );
    assert_eq!((shown.status, shown.header("allow")), (405, "POST"));
    assert!(shown.body.is_empty());
}

#[test]
fn an_address_goes_with_its_flag() {
    let app = start();
    let cookie = browser(&app, "ana");
    let client = json!({"UserPoolId": WEB.pool, "ClientId": WEB.id});
    let shown = app.call("DescribeUserPoolClient", &client).ok()["UserPoolClient"].clone();
    let mut settings = shown;
    for name in ["CreationDate", "LastModifiedDate", "ClientSecret"] {
        settings.as_object_mut().unwrap().remove(name);
    }
    settings["ReadAttributes"] = json!(["email", "nickname"]);
    app.call("UpdateUserPoolClient", &settings).ok();
    let given = code(&authorize(&app, Some(&cookie), &asked(WEB)));
    refused(&exchange(&app, WEB, &given), 400, "invalid_grant");
    let request = changed(&asked(WEB), &[("scope", "openid profile")]);
    let given = code(&authorize(&app, Some(&cookie), &request));
    exchange(&app, WEB, &given).ok();
}

#[test]
fn a_code_of_a_sign_in_that_has_ended_gives_nothing() {
    let app = start();
    let user = json!({"UserPoolId": WEB.pool, "Username": "ana"});
    for end in [
        "AdminUserGlobalSignOut",
        "AdminDisableUser",
        "AdminDeleteUser",
    ] {
        app.call("AdminEnableUser", &user).ok();
        let cookie = browser(&app, "ana");
        let given = code(&authorize(&app, Some(&cookie), &asked(WEB)));
        app.call(end, &user).done();
        refused(&exchange(&app, WEB, &given), 400, "invalid_grant");
        app.seconds_pass(1);
    }
}

#[test]
fn pages_of_every_origin_may_ask_for_tokens() {
    let app = start();
    for path in ["/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo"] {
        let request = http::Request::builder()
            .method("OPTIONS")
            .uri(at(&app, path))
            .header("origin", "https://app.test")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,x-app");
        let answer = app.send(request.body(Vec::new()).unwrap());
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(
            answer.header("access-control-allow-headers"),
            "authorization,x-app"
        );
        assert!(
            answer
                .header("access-control-allow-methods")
                .contains("POST")
        );
    }
    let answer = post(&app, "/oauth2/token", WEB, &[]);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}
