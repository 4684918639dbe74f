//! What tokens say of a user's groups.

use serde_json::{Value, json};

use super::{add, call, create, remove, role};
use crate::world::{
    App, AppClient, PASSWORD, POOL, Pool, User, WEB, access_token, claims, initiate, sign_in,
    sign_in_by_srp, token,
};

/// A client that rotates refresh tokens.
const ROTATING: AppClient<'_> = AppClient::new(POOL, "rotating000000000000000001");

fn start() -> App {
    Pool::new(POOL)
        .client(WEB)
        .client_with(
            ROTATING,
            json!({"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
                "ExplicitAuthFlows": ["USER_PASSWORD_AUTH"]}),
        )
        .user(User::new("ana").password(PASSWORD))
        .start()
}

/// The claims about groups in the access token and the ID token of an answer.
fn of_groups(answer: &Value) -> [Value; 2] {
    ["AccessToken", "IdToken"].map(|name| {
        let all = claims(&token(answer, name));
        let names = ["groups", "roles", "preferred_role"];
        let found = names.iter().filter_map(|name| {
            let value = all.get(format!("cognito:{name}"))?;
            Some(((*name).to_owned(), value.clone()))
        });
        Value::Object(found.collect())
    })
}

fn refresh(app: &App, answer: &Value) -> Value {
    let refresh = json!({"REFRESH_TOKEN": token(answer, "RefreshToken")});
    initiate(app, WEB, "REFRESH_TOKEN_AUTH", refresh).ok()
}

fn exchange(app: &App, client: AppClient<'_>, answer: &Value) -> Value {
    let input = json!({"ClientId": client.id, "RefreshToken": token(answer, "RefreshToken")});
    app.call_open("GetTokensFromRefreshToken", &input).ok()
}

#[test]
fn a_user_without_groups_has_no_claim_about_them() {
    let app = start();
    create(
        &app,
        "staff",
        json!({"RoleArn": role("staff"), "Precedence": 1}),
    );
    let answer = sign_in(&app, WEB, "ana");
    assert_eq!(of_groups(&answer), [json!({}), json!({})]);
    assert_eq!(of_groups(&refresh(&app, &answer)), [json!({}), json!({})]);
}

#[test]
fn groups_and_roles_are_named_by_precedence_then_name() {
    let app = start();
    for (name, members) in [
        ("none", json!({"RoleArn": role("none")})),
        ("ten", json!({"Precedence": 10, "RoleArn": role("ten")})),
        ("nine-b", json!({"Precedence": 9})),
        ("nine-a", json!({"Precedence": 9, "RoleArn": role("nine")})),
    ] {
        create(&app, name, members);
        add(&app, "ana", name);
    }
    let groups = json!(["nine-a", "nine-b", "ten", "none"]);
    let expected = [
        json!({"groups": groups}),
        json!({"groups": groups, "roles": [role("nine"), role("ten"), role("none")], "preferred_role": role("nine")}),
    ];
    assert_eq!(of_groups(&sign_in(&app, WEB, "ana")), expected);
    let by_srp = sign_in_by_srp(&app, WEB, "ana", PASSWORD, &[]).ok();
    assert_eq!(of_groups(&by_srp), expected);
    assert_eq!(
        of_groups(&exchange(&app, ROTATING, &sign_in(&app, ROTATING, "ana"))),
        expected
    );
}

#[test]
fn equal_precedence_prefers_a_role_only_if_it_is_the_same() {
    let app = start();
    let preferred = || {
        of_groups(&sign_in(&app, WEB, "ana"))[1]
            .get("preferred_role")
            .cloned()
    };
    create(&app, "plain", json!({}));
    add(&app, "ana", "plain");
    assert_eq!(
        of_groups(&sign_in(&app, WEB, "ana"))[1],
        json!({"groups": ["plain"]})
    );
    create(&app, "last", json!({"RoleArn": role("last")}));
    add(&app, "ana", "last");
    assert_eq!(
        preferred(),
        Some(json!(role("last"))),
        "no other group has a role"
    );
    create(
        &app,
        "one",
        json!({"Precedence": 1, "RoleArn": role("shared")}),
    );
    create(
        &app,
        "two",
        json!({"Precedence": 1, "RoleArn": role("shared")}),
    );
    create(&app, "best", json!({"Precedence": 0}));
    for name in ["one", "two", "best"] {
        add(&app, "ana", name);
    }
    assert_eq!(
        preferred(),
        Some(json!(role("shared"))),
        "the best has no role"
    );
    let change = json!({"GroupName": "two", "RoleArn": role("other")});
    call(&app, "UpdateGroup", change).ok();
    assert_eq!(preferred(), None, "two roles of the same precedence");
    let change = json!({"GroupName": "two", "Precedence": 2});
    call(&app, "UpdateGroup", change).ok();
    assert_eq!(preferred(), Some(json!(role("shared"))));
}

#[test]
fn refreshed_tokens_name_the_groups_that_the_user_is_in_then() {
    let app = start();
    for name in ["old", "new", "gone"] {
        create(&app, name, json!({}));
    }
    add(&app, "ana", "old");
    add(&app, "ana", "gone");
    let answer = sign_in(&app, WEB, "ana");
    assert_eq!(of_groups(&answer)[0], json!({"groups": ["gone", "old"]}));
    remove(&app, "ana", "old");
    add(&app, "ana", "new");
    call(&app, "DeleteGroup", json!({"GroupName": "gone"})).done();
    let [access, id] = of_groups(&refresh(&app, &answer));
    assert_eq!(
        (access, id),
        (json!({"groups": ["new"]}), json!({"groups": ["new"]}))
    );
    assert_eq!(
        of_groups(&exchange(&app, WEB, &answer))[1],
        json!({"groups": ["new"]})
    );
    // No change of groups revokes a token.
    let access = json!({"AccessToken": access_token(&answer)});
    app.call_open("GetUser", &access).ok();
}
