//! What lists show of sessions.

use serde_json::{Value, json};

use super::{
    ELSEWHERE, OTHER_POOL, ROTATING, UNREVOKED, call_by, exchange, id, ids, list, list_own, own_id,
    refresh, show, start,
};
use crate::world::{
    App, AppClient, NO_USER, NOW, PASSWORD, POOL, WEB, access_token, initiate_by_admin, sign_in,
    sign_in_by_srp, token,
};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 \
                      Safari/537.36";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";

fn password() -> Value {
    json!({"USERNAME": "ana", "PASSWORD": PASSWORD})
}

/// `InitiateAuth` by a program with this `User-Agent`.
fn initiate_by(
    app: &App,
    user_agent: &str,
    client: AppClient<'_>,
    flow: &str,
    parameters: Value,
) -> Value {
    let input = json!({"ClientId": client.id, "AuthFlow": flow, "AuthParameters": parameters});
    call_by(app, user_agent, "InitiateAuth", &input)
}

/// The last activity of a session: when, from where and with what.
fn activity(session: &Value) -> [Value; 3] {
    ["LastActiveDate", "LastIPAddress", "DeviceType"].map(|name| session[name].clone())
}

#[test]
fn a_sign_in_begins_a_session() {
    let app = start();
    assert_eq!(list(&app, POOL, "ana"), [json!(null); 0]);
    let answer = initiate_by(&app, CHROME, WEB, "USER_PASSWORD_AUTH", password());
    let sessions = list(&app, POOL, "ana");
    let id = id(&sessions[0]);
    let (kind, rest) = id.split_at(3);
    assert_eq!((kind, rest.len()), ("tkn", 25));
    let plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
    assert!(rest.chars().all(plain), "{id}");
    let mut expected = json!({
        "SessionId": id, "SessionType": "TOKEN", "ClientId": WEB.id, "CreateDate": NOW, "LastActiveDate": NOW,
        "DeviceType": "Chrome 126, Windows 10", "LastIPAddress": "127.0.0.1", "LastLocation": {"Country": "unknown"},
        "IsCurrentSession": false,
    });
    assert_eq!(sessions, [expected.clone()]);
    expected["IsCurrentSession"] = json!(true);
    assert_eq!(list_own(&app, &access_token(&answer)), [expected]);
}

#[test]
fn each_sign_in_begins_another_session_whatever_its_flow_and_client() {
    let app = start();
    sign_in(&app, WEB, "ana");
    app.seconds_pass(1);
    sign_in_by_srp(&app, ROTATING, "ana", PASSWORD, &[]).ok();
    app.seconds_pass(1);
    initiate_by_admin(&app, UNREVOKED, "ADMIN_USER_PASSWORD_AUTH", password()).ok();
    sign_in(&app, WEB, "ben");
    sign_in(&app, ELSEWHERE, "ana");
    let clients = |pool: &str, user: &str| -> Vec<Value> {
        let sessions = list(&app, pool, user);
        sessions
            .iter()
            .map(|session| session["ClientId"].clone())
            .collect()
    };
    assert_eq!(
        clients(POOL, "ana"),
        [UNREVOKED.id, ROTATING.id, WEB.id],
        "the newest activity comes first"
    );
    assert_eq!(clients(POOL, "ben"), [WEB.id]);
    assert_eq!(clients(OTHER_POOL, "ana"), [ELSEWHERE.id]);
    let by_sub = json!({"UserPoolId": POOL, "Username": crate::world::ANA_SUB});
    let by_sub = app.call("AdminListUserSessions", &by_sub).ok();
    assert_eq!(json!(list(&app, POOL, "ana")), by_sub["Sessions"]);
}

#[test]
fn a_wrong_password_begins_no_session() {
    let app = start();
    let wrong = json!({"USERNAME": "ana", "PASSWORD": "Wrong-Password-1"});
    crate::world::initiate(&app, WEB, "USER_PASSWORD_AUTH", wrong).refusal();
    assert_eq!(ids(&app, "ana"), [""; 0]);
}

#[test]
fn a_refresh_moves_the_last_activity_and_begins_no_session() {
    let app = start();
    let web = initiate_by(&app, CHROME, WEB, "USER_PASSWORD_AUTH", password());
    let session = id(&list(&app, POOL, "ana")[0]);
    let only = || {
        let sessions = list(&app, POOL, "ana");
        assert_eq!((sessions.len(), id(&sessions[0])), (1, session.clone()));
        assert_eq!(sessions[0]["CreateDate"], json!(NOW));
        activity(&sessions[0])
    };
    let local =
        |seconds: f64, device: &str| [json!(NOW + seconds), json!("127.0.0.1"), json!(device)];
    assert_eq!(only(), local(0.0, "Chrome 126, Windows 10"));

    app.seconds_pass(10);
    let parameters = json!({"REFRESH_TOKEN": token(&web, "RefreshToken")});
    initiate_by(&app, FIREFOX, WEB, "REFRESH_TOKEN_AUTH", parameters.clone());
    assert_eq!(only(), local(10.0, "Firefox 127, Linux"));

    app.seconds_pass(10);
    let input = json!({"ClientId": WEB.id, "RefreshToken": token(&web, "RefreshToken")});
    call_by(&app, "MyApp/2.1", "GetTokensFromRefreshToken", &input);
    assert_eq!(only(), local(20.0, "MyApp 2.1"));

    // An administrator's server tells what the user's own request said.
    app.seconds_pass(10);
    let input = json!({"UserPoolId": POOL, "ClientId": WEB.id, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters,
        "ContextData": {"IpAddress": "203.0.113.7", "ServerName": "app.example.com", "ServerPath": "/",
            "HttpHeaders": [{"headerName": "Accept", "headerValue": "*/*"}, {"headerName": "user-agent", "headerValue": CHROME}]}});
    app.call("AdminInitiateAuth", &input).ok();
    let told = [
        json!(NOW + 30.0),
        json!("203.0.113.7"),
        json!("Chrome 126, Windows 10"),
    ];
    assert_eq!(only(), told);

    // Using a token, or failing to refresh one, is no activity.
    app.seconds_pass(10);
    show(&app, &access_token(&web)).ok();
    exchange(&app, ROTATING, &web).refusal();
    assert_eq!(only(), told);
}

#[test]
fn a_rotation_moves_the_last_activity() {
    let app = start();
    let first = sign_in(&app, ROTATING, "ana");
    app.seconds_pass(10);
    let second = exchange(&app, ROTATING, &first).ok();
    app.seconds_pass(10);
    exchange(&app, ROTATING, &first).refusal();
    let sessions = list(&app, POOL, "ana");
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0]["CreateDate"], json!(NOW));
    assert_eq!(sessions[0]["LastActiveDate"], json!(NOW + 10.0));
    exchange(&app, ROTATING, &second).ok();
    let sessions = list(&app, POOL, "ana");
    assert_eq!(sessions[0]["LastActiveDate"], json!(NOW + 20.0));
}

#[test]
fn a_program_that_does_not_say_what_it_is_is_unknown() {
    let app = start();
    for user_agent in ["", "something else", "Mozilla/5.0"] {
        initiate_by(&app, user_agent, WEB, "USER_PASSWORD_AUTH", password());
        let session = list(&app, POOL, "ana")[0].clone();
        assert_eq!(session["DeviceType"], "unknown", "{user_agent}");
        app.seconds_pass(1);
    }
}

#[test]
fn the_session_of_the_callers_token_is_marked() {
    let app = start();
    let web = sign_in(&app, WEB, "ana");
    app.seconds_pass(1);
    let rotating = sign_in(&app, ROTATING, "ana");
    app.seconds_pass(1);
    // Its tokens have no claim that names the sign-in.
    let unrevoked = sign_in(&app, UNREVOKED, "ana");
    let ids = ids(&app, "ana");
    let own = |answer: &Value| own_id(&app, &access_token(answer));
    assert_eq!([own(&unrevoked), own(&rotating), own(&web)], ids[..]);
    // A refreshed token belongs to the same session.
    assert_eq!(own(&refresh(&app, WEB, &web).ok()), ids[2]);
    assert_eq!(own(&exchange(&app, ROTATING, &rotating).ok()), ids[1]);
    assert_eq!(own(&refresh(&app, UNREVOKED, &unrevoked).ok()), ids[0]);
}

#[test]
fn all_sessions_are_on_one_page() {
    let app = start();
    super::track(&app, POOL, 100);
    let mut last = Value::Null;
    for _ in 0..100 {
        last = sign_in(&app, WEB, "ana");
    }
    assert_eq!(list(&app, POOL, "ana").len(), 100);
    assert_eq!(list_own(&app, &access_token(&last)).len(), 100);
    let input = json!({"UserPoolId": POOL, "Username": "ana", "NextToken": "next"});
    let refusal = (
        "InvalidParameterException",
        "Invalid pagination token given.",
    );
    app.call("AdminListUserSessions", &input)
        .refused_as(refusal);
    let input = json!({"AccessToken": access_token(&last), "NextToken": "next"});
    app.call_open("ListUserSessions", &input)
        .refused_as(refusal);
}

#[test]
fn unknown_users_are_refused() {
    let app = start();
    let input = json!({"UserPoolId": POOL, "Username": "nobody"});
    app.call("AdminListUserSessions", &input)
        .refused_as(NO_USER);
    super::revoke(&app, "nobody", super::NO_SESSION_ID).refused_as(NO_USER);
}
