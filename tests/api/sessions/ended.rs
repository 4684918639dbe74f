//! What ends sessions, and what their end means for tokens.

use serde_json::{Value, json};

use super::{
    ELSEWHERE, NO_SESSION, NO_SESSION_ID, OTHER_POOL, ROTATING, UNREVOKED, exchange, ids, list,
    own_id, refresh, revoke, revoke_own, show, start,
};
use crate::world::{
    App, AppClient, Device, NEW, PASSWORD, POOL, Pool, REVOKED_ACCESS_TOKEN, REVOKED_REFRESH_TOKEN,
    User, WEB, access_token, confirm_device, sign_in, token,
};

/// Signs Ana in a second later. Returns the answer, and the id of the session.
fn begin(app: &App, client: AppClient<'_>) -> (Value, String) {
    app.seconds_pass(1);
    let answer = sign_in(app, client, "ana");
    let id = own_id(app, &access_token(&answer));
    (answer, id)
}

#[test]
fn every_token_of_a_revoked_session_dies_and_no_other() {
    let app = start();
    let (own, own_id) = begin(&app, WEB);
    let access = access_token(&own);
    let ways: [&dyn Fn(&str); 2] = [
        &|session| assert_eq!(revoke(&app, "ana", session).ok(), json!({})),
        &|session| assert_eq!(revoke_own(&app, &access, session).ok(), json!({})),
    ];
    for way in ways {
        let (web, web_id) = begin(&app, WEB);
        let refreshed = refresh(&app, WEB, &web).ok();
        let (rotating, rotating_id) = begin(&app, ROTATING);
        let rotated = exchange(&app, ROTATING, &rotating).ok();
        let (unrevoked, unrevoked_id) = begin(&app, UNREVOKED);

        way(&web_id);
        for answer in [&web, &refreshed] {
            show(&app, &access_token(answer)).refused_as(REVOKED_ACCESS_TOKEN);
        }
        refresh(&app, WEB, &web).refused_as(REVOKED_REFRESH_TOKEN);
        assert_eq!(
            ids(&app, "ana"),
            [unrevoked_id.clone(), rotating_id.clone(), own_id.clone()]
        );
        for answer in [&rotating, &rotated, &unrevoked] {
            show(&app, &access_token(answer)).ok();
        }

        way(&rotating_id);
        for answer in [&rotating, &rotated] {
            show(&app, &access_token(answer)).refused_as(REVOKED_ACCESS_TOKEN);
            exchange(&app, ROTATING, answer).refused_as(REVOKED_REFRESH_TOKEN);
        }

        way(&unrevoked_id);
        show(&app, &access_token(&unrevoked)).refused_as(REVOKED_ACCESS_TOKEN);
        refresh(&app, UNREVOKED, &unrevoked).refused_as(REVOKED_REFRESH_TOKEN);

        assert_eq!(ids(&app, "ana"), [&*own_id]);
        show(&app, &access).ok();
    }
    refresh(&app, WEB, &own).ok();
}

#[test]
fn the_callers_own_session_is_not_revoked() {
    let app = start();
    for client in [WEB, UNREVOKED] {
        let (answer, id) = begin(&app, client);
        let access = access_token(&answer);
        for linked in [Value::Null, json!("NONE"), json!("LINKED")] {
            let mut input = json!({"AccessToken": access, "SessionId": id});
            if !linked.is_null() {
                input["RevokeAssociatedSessions"] = linked;
            }
            app.call_open("RevokeUserSession", &input).refused(
                "InvalidParameterException",
                "The current session cannot be revoked.",
            );
        }
        show(&app, &access).ok();
        // An administrator may.
        revoke(&app, "ana", &id).ok();
        show(&app, &access).refused_as(REVOKED_ACCESS_TOKEN);
    }
}

#[test]
fn a_session_that_is_not_the_users_is_refused() {
    let app = start();
    let (answer, own) = begin(&app, WEB);
    let access = access_token(&answer);
    let (_, ended) = begin(&app, WEB);
    revoke(&app, "ana", &ended).ok();
    let ben = sign_in(&app, WEB, "ben");
    let of_ben = own_id(&app, &access_token(&ben));
    let elsewhere = sign_in(&app, ELSEWHERE, "ana");
    let of_other_pool = own_id(&app, &access_token(&elsewhere));
    let sso = NO_SESSION_ID.replace("tkn", "sso");
    for id in [NO_SESSION_ID, &sso, &ended, &of_ben, &of_other_pool] {
        revoke(&app, "ana", id).refused_as(NO_SESSION);
        revoke_own(&app, &access, id).refused_as(NO_SESSION);
        let input = json!({"UserPoolId": POOL, "Username": "ana", "SessionId": id, "RevokeAssociatedSessions": "LINKED"});
        app.call("AdminRevokeUserSession", &input)
            .refused_as(NO_SESSION);
    }
    for id in [
        "",
        "tkn",
        "TKN0000000000000000000000000",
        &format!("{own}0"),
    ] {
        assert_eq!(
            revoke(&app, "ana", id).refusal().0,
            "InvalidParameterException"
        );
    }
    for answer in [&answer, &ben, &elsewhere] {
        show(&app, &access_token(answer)).ok();
    }
    assert_eq!(ids(&app, "ana"), [own]);
    assert_eq!(ids(&app, "ben"), [of_ben]);
    assert_eq!(list(&app, OTHER_POOL, "ana").len(), 1);
}

#[test]
fn what_ends_all_tokens_of_a_user_ends_all_sessions() {
    let app = start();
    sign_in(&app, WEB, "ben");
    let user = json!({"UserPoolId": POOL, "Username": "ana"});
    let ends: [&dyn Fn(&str); 3] = [
        &|access| {
            app.call_open("GlobalSignOut", &json!({"AccessToken": access}))
                .ok();
        },
        &|_| {
            app.call("AdminUserGlobalSignOut", &user).ok();
        },
        &|_| {
            app.call("AdminDisableUser", &user).ok();
            app.call("AdminEnableUser", &user).ok();
        },
    ];
    for end in ends {
        begin(&app, ROTATING);
        let (answer, _) = begin(&app, WEB);
        assert_eq!(ids(&app, "ana").len(), 2);
        end(&access_token(&answer));
        assert_eq!(ids(&app, "ana"), [""; 0]);
    }
    assert_eq!(ids(&app, "ben").len(), 1);
}

#[test]
fn a_revoked_refresh_token_ends_its_session() {
    let app = start();
    let (_, kept) = begin(&app, WEB);
    let (answer, _) = begin(&app, WEB);
    let input = json!({"ClientId": WEB.id, "Token": token(&answer, "RefreshToken")});
    app.call_open("RevokeToken", &input).ok();
    assert_eq!(ids(&app, "ana"), [kept]);
}

#[test]
fn a_password_that_is_changed_ends_neither_tokens_nor_sessions() {
    let app = start();
    let (answer, _) = begin(&app, WEB);
    begin(&app, ROTATING);
    let before = ids(&app, "ana");
    let change = json!({"AccessToken": access_token(&answer), "PreviousPassword": PASSWORD, "ProposedPassword": NEW});
    app.call_open("ChangePassword", &change).ok();
    app.set_password(POOL, "ana", PASSWORD, true).ok();
    assert_eq!(ids(&app, "ana"), before);
    show(&app, &access_token(&answer)).ok();
}

#[test]
fn a_forgotten_device_ends_the_sessions_that_its_refresh_tokens_were() {
    let app = Pool::new(POOL)
        .tracking(false)
        .client(WEB)
        .user(User::new("ana").password(PASSWORD))
        .start();
    super::track(&app, POOL, 20);
    let (answer, with_device) = begin(&app, WEB);
    let (access, device) = (access_token(&answer), Device::issued(&answer));
    confirm_device(&app, &access, &device).ok();
    let (_, other) = begin(&app, WEB);
    assert_eq!(ids(&app, "ana"), [other.clone(), with_device]);
    let forget = json!({"AccessToken": access, "DeviceKey": device.key});
    app.call_open("ForgetDevice", &forget).done();
    assert_eq!(ids(&app, "ana"), [other]);
    show(&app, &access).ok();
}

#[test]
fn sessions_go_with_their_user_and_their_client() {
    let app = start();
    let (_, kept) = begin(&app, ROTATING);
    begin(&app, WEB);
    let client = json!({"UserPoolId": POOL, "ClientId": WEB.id});
    app.call("DeleteUserPoolClient", &client).done();
    assert_eq!(ids(&app, "ana"), [kept]);
    let user = json!({"UserPoolId": POOL, "Username": "ana"});
    app.call("AdminDeleteUser", &user).done();
    app.call("AdminCreateUser", &user).ok();
    assert_eq!(ids(&app, "ana"), [""; 0]);
}
