//! The session of the browser: whose it is, how long it lasts, and what ends it.

use serde_json::json;

use super::{
    ELSEWHERE, NOW_S, SHOP, asked, authorize, browser, browser_of, changed, code, exchange,
    location, setup, start, text,
};
use crate::world::{App, AppClient, NEW, POOL, WEB, claims};

/// Whether the client gets a code by the session.
fn reuses(app: &App, client: AppClient<'_>, cookie: &str) -> bool {
    location(&authorize(app, Some(cookie), &asked(client))).contains("?code=")
}

fn minutes(app: &App, client: AppClient<'_>, minutes: i64) {
    let tracking = json!({"UserPoolId": POOL, "UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 20}});
    app.call("SetUserPoolSessionConfiguration", &tracking)
        .done();
    let input = json!({"UserPoolId": POOL, "ClientId": client.id, "SSOSession": {"MaxValidityMinutes": minutes}});
    app.call("SetUserPoolClientSessionConfiguration", &input)
        .done();
}

#[test]
fn all_clients_of_the_pool_share_a_session() {
    let app = start();
    let cookie = browser(&app, "ana");
    app.seconds_pass(60);
    for client in [WEB, SHOP] {
        let given = code(&authorize(&app, Some(&cookie), &asked(client)));
        let tokens = exchange(&app, client, &given).ok();
        // The user was asked a minute ago; the tokens begin now.
        let claims = claims(text(&tokens, "id_token"));
        assert_eq!(
            (&claims["auth_time"], &claims["iat"]),
            (&json!(NOW_S), &json!(NOW_S + 60))
        );
    }
}

#[test]
fn each_sign_in_by_a_session_is_one_of_its_own() {
    let app = start();
    let cookie = browser(&app, "ana");
    let tokens = [(); 2].map(|()| {
        exchange(
            &app,
            WEB,
            &code(&authorize(&app, Some(&cookie), &asked(WEB))),
        )
        .ok()
    });
    let [one, other] = tokens
        .each_ref()
        .map(|tokens| claims(text(tokens, "access_token"))["origin_jti"].clone());
    assert_ne!(one, other);
}

#[test]
fn a_session_lasts_an_hour_and_use_does_not_extend_it() {
    let app = start();
    let cookie = browser(&app, "ana");
    app.seconds_pass(3599);
    assert!(reuses(&app, WEB, &cookie));
    app.seconds_pass(1);
    assert!(!reuses(&app, WEB, &cookie));
}

#[test]
fn a_client_says_how_old_a_session_may_be() {
    let app = start();
    minutes(&app, WEB, 10);
    minutes(&app, SHOP, 0);
    let cookie = browser(&app, "ana");
    assert!(!reuses(&app, SHOP, &cookie));
    app.seconds_pass(599);
    assert!(reuses(&app, WEB, &cookie));
    app.seconds_pass(1);
    assert!(!reuses(&app, WEB, &cookie));
}

#[test]
fn a_session_ends_with_its_user() {
    let user = json!({"UserPoolId": POOL, "Username": "ana"});
    let ends: [(&str, serde_json::Value); 5] = [
        ("AdminUserGlobalSignOut", user.clone()),
        ("AdminDisableUser", user.clone()),
        ("AdminDeleteUser", user.clone()),
        ("AdminResetUserPassword", user.clone()),
        (
            "AdminSetUserPassword",
            json!({"UserPoolId": POOL, "Username": "ana", "Password": NEW, "Permanent": false}),
        ),
    ];
    for (operation, input) in ends {
        let app = start();
        let (cookie, other) = (browser(&app, "ana"), browser(&app, "ben"));
        app.call(operation, &input).done();
        assert!(!reuses(&app, WEB, &cookie), "{operation}");
        assert!(reuses(&app, WEB, &other), "{operation}");
        if operation == "AdminDisableUser" {
            // Enabling the user again does not bring it back.
            app.call("AdminEnableUser", &user).done();
            assert!(!reuses(&app, WEB, &cookie));
        }
    }
}

#[test]
fn a_change_of_attributes_does_not_end_a_session() {
    let app = start();
    let cookie = browser(&app, "ana");
    let input = json!({"UserPoolId": POOL, "Username": "ana", "UserAttributes": [{"Name": "nickname", "Value": "new"}]});
    app.call("AdminUpdateUserAttributes", &input).ok();
    assert!(reuses(&app, WEB, &cookie));
}

#[test]
fn a_session_is_its_pools() {
    let app = start();
    let other = browser_of(&app, ELSEWHERE.pool, "ana");
    assert!(!reuses(&app, WEB, &other));
    for cookie in ["", "x", "a=b", "\"quoted\""] {
        assert!(!reuses(&app, WEB, cookie), "{cookie}");
    }
}

#[test]
fn codes_and_sessions_that_have_expired_are_removed() {
    let app = setup().with("store_expiry_seconds", "1").start();
    let cookie = browser(&app, "ana");
    let request = changed(&asked(WEB), &[("nonce", "n")]);
    code(&authorize(&app, Some(&cookie), &request));
    let counts = || {
        ["authorization_codes", "browser_sessions"].map(|table| {
            let sql = format!("SELECT count(*) FROM {table}");
            app.file()
                .query_row(&sql, [], |row| row.get::<_, i64>(0))
                .unwrap()
        })
    };
    assert_eq!(counts(), [1, 1]);
    app.seconds_pass(301);
    crate::world::until(|| (counts() == [0, 1]).then_some(()));
    app.seconds_pass(3600);
    crate::world::until(|| (counts() == [0, 0]).then_some(()));
}
