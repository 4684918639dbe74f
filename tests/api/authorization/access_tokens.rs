//! The operations that take an access token, with tokens that are invalid or another user's.

use serde_json::json;

use super::bad_tokens::{ended, forged, signed_by_the_pool};
use super::registry::{
    DEVICE, ELSEWHERE, OF_ANA, POOL, WEB, assert_no_trace, dump, input, is_served, start,
};
use super::{Refusal, Tally};
use crate::model::{Name, is_signed, members, operation, operations};
use crate::world::{
    Answer, App, NO_DEVICE, PASSWORD, WRONG_PASSWORD, access_token, sign_in, sign_in_by_password,
};

/// The model does not require their tokens: the first two take a session as well.
const OPTIONAL: [(Name, &str, &str); 4] = [
    (
        "AssociateSoftwareToken",
        "InvalidParameterException",
        "Missing required parameter AccessToken",
    ),
    (
        "VerifySoftwareToken",
        "InvalidParameterException",
        "Missing required parameter AccessToken",
    ),
    (
        "ForgetDevice",
        "NotAuthorizedException",
        "Invalid Access Token",
    ),
    (
        "GetDevice",
        "NotAuthorizedException",
        "Invalid Access Token",
    ),
];

/// The operations that take an access token.
fn bearing() -> impl Iterator<Item = Name> {
    let takes_token = |name| {
        let shape = &operation(name).input;
        members(shape).any(|(member, _)| member == "AccessToken")
    };
    let open = operations().filter(|(_, operation)| !is_signed(operation));
    open.map(|(name, _)| name)
        .filter(move |name| takes_token(name))
}

fn call(app: &App, name: Name, token: &str) -> Answer {
    let mut input = input(name);
    input["AccessToken"] = token.into();
    app.call_open(name, &input)
}

#[test]
fn no_operation_takes_an_access_token_that_does_not_count() {
    let app = start();
    let mut kinds = ended(&app);
    sign_in(&app, ELSEWHERE, "ana");
    let answer = sign_in(&app, WEB, "ana");
    kinds.extend(forged(&app, &answer));
    kinds.extend(signed_by_the_pool(&app, &answer));
    let before = dump(&app.database(), &[]);
    let mut tally = Tally::default();
    let mut served = 0;
    for name in bearing() {
        served += usize::from(is_served(name));
        for (kind, token, refusal) in &kinds {
            let refusal = if is_served(name) {
                refusal.by(name)
            } else {
                Refusal::not_served(name)
            };
            tally.expects(name, kind, &call(&app, name, token), &refusal);
        }
        let violation = |constraint: &str| {
            let message = format!(
                "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: {constraint}"
            );
            Refusal::new("InvalidParameterException", message)
        };
        let pattern = violation("Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+");
        for (kind, token) in [
            ("empty", ""),
            ("spaces", "a b"),
            ("a header's value", "Bearer a.b.c"),
        ] {
            tally.expects(name, kind, &call(&app, name, token), &pattern);
        }
        let mut without = input(name);
        without.as_object_mut().unwrap().remove("AccessToken");
        let optional = OPTIONAL.iter().find(|(optional, ..)| *optional == name);
        let missing = optional.map_or_else(
            || violation("Member must not be null"),
            |(_, code, message)| Refusal::new(code, *message),
        );
        tally.expects(name, "none", &app.call_open(name, &without), &missing);
    }
    println!("{served} of them served");
    tally.came_to("access tokens", 24, kinds.len() + 4);
    assert_no_trace(&app, &before, &[]);

    // The same inputs with a valid token are accepted: otherwise the test would show nothing. What ends the token comes last.
    let (access, of_ben) = (
        access_token(&answer),
        access_token(&sign_in(&app, WEB, "ben")),
    );
    let ends = ["GlobalSignOut", "DeleteUser"];
    let rest = bearing().filter(|name| is_served(name) && !ends.contains(name));
    for name in rest.chain(ends) {
        // Ana's token has ended by then.
        let token = if name == "DeleteUser" {
            &of_ben
        } else {
            &access
        };
        let answer = call(&app, name, token);
        if answer.status != 200 {
            let (code, message) = answer.refusal();
            let refusals = ["NotAuthorizedException", "UserNotFoundException"];
            assert!(!refusals.contains(&&*code), "{name}: {message}");
        }
    }
}

#[test]
fn a_token_reaches_its_own_users_things_alone() {
    /// A wrong previous password changes this table.
    const COUNTS: [&str; 2] = ["failed_attempts", "code_attempts"];
    let app = start();
    sign_in(&app, WEB, "ana");
    sign_in(&app, ELSEWHERE, "ana");
    let before = dump(&app.database(), &COUNTS);
    let own = "Strangers-Own-Password-1";
    let mut came = 0;
    for client in [WEB, ELSEWHERE] {
        for name in bearing() {
            let stranger = json!({"UserPoolId": client.pool, "Username": "stranger"});
            app.call("AdminCreateUser", &stranger).ok();
            let mut password = stranger.clone();
            (password["Password"], password["Permanent"]) = (own.into(), true.into());
            app.call("AdminSetUserPassword", &password).ok();
            let signed_in = sign_in_by_password(&app, client, "stranger", own, &[]).ok();
            let answer = call(&app, name, &access_token(&signed_in));
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            for of_ana in OF_ANA {
                assert!(!body.contains(of_ana), "{name}: {body}");
            }
            match name {
                "GetUser" => assert_eq!(answer.ok()["Username"], "stranger"),
                "GetDevice" | "ForgetDevice" | "UpdateDeviceStatus" => {
                    answer.refused_as(NO_DEVICE);
                }
                "ChangePassword" => {
                    answer.refused_as(WRONG_PASSWORD);
                }
                "DeleteUser" => answer.done(),
                _ => {}
            }
            if name != "DeleteUser" {
                app.call("AdminDeleteUser", &stranger).done();
            }
            came += 1;
        }
    }
    println!("{came} visits of strangers");
    assert_eq!(came, 48);
    // The stranger is deleted with everything of the stranger's, and nothing else has changed.
    assert_no_trace(&app, &before, &COUNTS);
    let ana = json!({"UserPoolId": POOL, "Username": "ana", "DeviceKey": DEVICE});
    app.call("AdminGetDevice", &ana).ok();
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
}
