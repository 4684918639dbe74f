//! Revoking refresh tokens at the endpoint.

use serde_json::json;

use super::{SHOP, asked, post, refused, signed_in, start, text, token};
use crate::world::{Answer, App, AppClient, POOL, WEB};

fn revoke(app: &App, client: AppClient<'_>, form: &[(&str, &str)]) -> Answer {
    post(app, "/oauth2/revoke", client, form)
}

#[test]
fn a_revoked_token_and_all_that_follow_from_its_sign_in_do_not_count() {
    let app = start();
    for client in [WEB, SHOP] {
        let tokens = signed_in(&app, client, &asked(client));
        let refresh_token = text(&tokens, "refresh_token");
        let form = [
            ("token", refresh_token),
            ("token_type_hint", "access_token"),
        ];
        let answer = revoke(&app, client, &form);
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let refreshed = token(
            &app,
            client,
            &[
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh_token),
            ],
        );
        refused(&refreshed, 400, "invalid_grant");
        // Once more, or a token that was never given, is no mistake.
        assert_eq!(revoke(&app, client, &form).status, 200);
        assert_eq!(revoke(&app, client, &[("token", "never")]).status, 200);
        app.seconds_pass(1);
    }
}

#[test]
fn what_cannot_be_revoked_is_refused() {
    let app = start();
    let tokens = signed_in(&app, SHOP, &asked(SHOP));
    refused(&revoke(&app, SHOP, &[]), 400, "invalid_request");
    refused(
        &revoke(&app, SHOP, &[("token", "a"), ("token", "b")]),
        400,
        "invalid_request",
    );
    for name in ["access_token", "id_token"] {
        refused(
            &revoke(&app, SHOP, &[("token", text(&tokens, name))]),
            400,
            "unsupported_token_type",
        );
    }
    let of_shop = [("token", text(&tokens, "refresh_token"))];
    refused(&revoke(&app, WEB, &of_shop), 401, "invalid_client");
    let wrong = json!({"error": "invalid_client", "error_description": "invalid_client_secret"});
    for client in [SHOP.with_secret("wrong"), AppClient::new(POOL, SHOP.id)] {
        let answer = revoke(&app, client, &of_shop);
        assert_eq!((answer.status, answer.json()), (401, wrong.clone()));
    }
    refused(
        &revoke(
            &app,
            AppClient::new(POOL, "unknown0000000000000000001"),
            &of_shop,
        ),
        401,
        "invalid_client",
    );
    token(
        &app,
        SHOP,
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", of_shop[0].1),
        ],
    )
    .ok();
    let client = json!({"UserPoolId": POOL, "ClientId": SHOP.id, "EnableTokenRevocation": false,
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [super::CALLBACK]});
    app.call("UpdateUserPoolClient", &client).ok();
    refused(&revoke(&app, SHOP, &of_shop), 400, "invalid_request");
}
