//! Events of changed passwords.

use serde_json::json;

use super::{PLAIN, PLAIN_POOL, events, last, request_id, start, told};
use crate::world::{NEW, PASSWORD, WEB, WRONG_PASSWORD, access_token, sign_in};

#[test]
fn a_change_of_the_password_is_an_event_right_or_wrong() {
    let app = start();
    let access = access_token(&sign_in(&app, WEB, "ana"));
    let change = |previous: &str| {
        let input =
            json!({"AccessToken": access, "PreviousPassword": previous, "ProposedPassword": NEW});
        app.call_open("ChangePassword", &input)
    };
    let answer = change("wrong");
    answer.refused_as(WRONG_PASSWORD);
    let event = last(&app, "ana");
    let judged = json!({"Password": "Failure"});
    assert_eq!(told(&event), ("PasswordChange", "Fail", judged));
    assert_eq!(event["EventId"], request_id(&answer));
    change(PASSWORD).ok();
    let judged = json!({"Password": "Success"});
    assert_eq!(told(&last(&app, "ana")), ("PasswordChange", "Pass", judged));
    // What is refused before a password is judged is no event, and an administrator's change is none of the user's.
    let weak = json!({"AccessToken": access, "PreviousPassword": NEW, "ProposedPassword": "weak"});
    assert_ne!(app.call_open("ChangePassword", &weak).status, 200);
    app.set_password(WEB.pool, "ana", PASSWORD, true).ok();
    assert_eq!(events(&app, "ana").len(), 3);
}

#[test]
fn a_pool_without_threat_protection_records_no_change() {
    let app = super::setup().on_disk().start();
    let access = access_token(&sign_in(&app, PLAIN, "ana"));
    for (previous, proposed) in [("wrong", NEW), (PASSWORD, NEW)] {
        let input = json!({"AccessToken": access, "PreviousPassword": previous, "ProposedPassword": proposed});
        app.call_open("ChangePassword", &input);
    }
    let kept = format!("SELECT count(*) FROM auth_events, pools WHERE pools.id = '{PLAIN_POOL}'");
    let kept: i64 = app.file().query_row(&kept, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 0);
}
