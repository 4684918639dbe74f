//! How long and how many events are kept.

use serde_json::{Value, json};

use super::{events, page, setup};
use crate::world::{PASSWORD, POOL, WEB, sign_in_by_password};

#[test]
fn a_user_keeps_the_newest_two_hundred_events() {
    let app = setup().on_disk().start();
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]).ok();
    let more = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
        INSERT INTO auth_events (user_row, number, event_id, event_type, response, created_ms)
        SELECT user_row, i, 'event' || i, 'SignIn', 'Fail', created_ms FROM n, auth_events
        WHERE user_row = (SELECT row FROM users WHERE username = 'ana' AND pool = (SELECT row FROM pools WHERE id = ?1))";
    assert_eq!(app.file().execute(more, [POOL]).unwrap(), 199);
    let kept = |user: &str| -> Vec<Value> {
        let mut kept = Vec::new();
        let mut input = json!({});
        loop {
            let page = page(&app, user, input.clone());
            kept.extend(page["AuthEvents"].as_array().unwrap().clone());
            match page.get("NextToken") {
                Some(token) => input = json!({"NextToken": token}),
                None => return kept,
            }
        }
    };
    let before = kept("ana");
    assert_eq!(before.len(), 200);
    sign_in_by_password(&app, WEB, "ana", "wrong", &[]);
    let after = kept("ana");
    assert_eq!(after[1..], before[..199], "the oldest went");
    assert_eq!(events(&app, "ben").len(), 1);
    let user = json!({"UserPoolId": POOL, "Username": "ana"});
    app.call("AdminDeleteUser", &user).done();
    let left = "SELECT count(*) FROM auth_events";
    let left: i64 = app.file().query_row(left, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1);
}
