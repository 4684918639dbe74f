//! The most sessions of a user.

use serde_json::Value;

use super::{
    BRIEF, ROTATING, exchange, ids, list, own_id, refresh, revoke, set, show, start, track,
};
use crate::world::{
    App, AppClient, POOL, REVOKED_ACCESS_TOKEN, REVOKED_REFRESH_TOKEN, WEB, access_token, sign_in,
};

/// Signs Ana in a second later. Returns the answer, and the id of the session.
fn begin(app: &App, client: AppClient<'_>) -> (Value, String) {
    app.seconds_pass(1);
    let answer = sign_in(app, client, "ana");
    let id = own_id(app, &access_token(&answer));
    (answer, id)
}

#[test]
fn at_the_limit_a_sign_in_ends_the_session_that_was_active_longest_ago() {
    let app = start();
    track(&app, POOL, 3);
    sign_in(&app, WEB, "ben");
    let (first, first_id) = begin(&app, WEB);
    let (second, second_id) = begin(&app, ROTATING);
    let (third, third_id) = begin(&app, WEB);
    app.seconds_pass(1);
    refresh(&app, WEB, &first).ok();
    let (_, fourth_id) = begin(&app, WEB);
    assert_eq!(
        ids(&app, "ana"),
        [fourth_id.clone(), first_id, third_id.clone()]
    );
    show(&app, &access_token(&second)).refused_as(REVOKED_ACCESS_TOKEN);
    exchange(&app, ROTATING, &second).refused_as(REVOKED_REFRESH_TOKEN);
    revoke(&app, "ana", &second_id).refused_as(super::NO_SESSION);
    for answer in [&first, &third] {
        show(&app, &access_token(answer)).ok();
    }
    assert_eq!(list(&app, POOL, "ben").len(), 1);
    // A session that is ended makes room.
    revoke(&app, "ana", &third_id).ok();
    let (_, fifth_id) = begin(&app, WEB);
    assert_eq!(ids(&app, "ana")[..2], [fifth_id, fourth_id]);
    show(&app, &access_token(&first)).ok();
}

#[test]
fn a_lower_limit_takes_effect_at_the_next_sign_in() {
    let app = start();
    let sessions = [(); 4].map(|()| begin(&app, WEB));
    track(&app, POOL, 2);
    assert_eq!(ids(&app, "ana").len(), 4);
    for (answer, _) in &sessions {
        refresh(&app, WEB, answer).ok();
    }
    assert_eq!(ids(&app, "ana").len(), 4, "a refresh ends nothing");
    let (_, last) = begin(&app, WEB);
    assert_eq!(ids(&app, "ana"), [last, sessions[3].1.clone()]);
    for (answer, _) in &sessions[..3] {
        refresh(&app, WEB, answer).refused_as(REVOKED_REFRESH_TOKEN);
        show(&app, &access_token(answer)).refused_as(REVOKED_ACCESS_TOKEN);
    }
    track(&app, POOL, 1);
    let (_, only) = begin(&app, WEB);
    assert_eq!(ids(&app, "ana"), [only]);
}

#[test]
fn without_tracking_no_sign_in_ends_another() {
    let app = start();
    set(&app, POOL, "DISABLED", 1).ok();
    let answers = [(); 3].map(|()| sign_in(&app, WEB, "ana"));
    for answer in &answers {
        show(&app, &access_token(answer)).ok();
        refresh(&app, WEB, answer).ok();
    }
}

#[test]
fn a_session_whose_refresh_token_has_expired_is_not_listed_and_takes_no_room() {
    let app = start();
    track(&app, POOL, 2);
    let (_, web) = begin(&app, WEB);
    let (_, brief) = begin(&app, BRIEF);
    app.seconds_pass(3599);
    assert_eq!(ids(&app, "ana"), [brief.clone(), web.clone()]);
    app.seconds_pass(1);
    assert_eq!(ids(&app, "ana"), [&*web]);
    revoke(&app, "ana", &brief).refused_as(super::NO_SESSION);
    let (_, new) = begin(&app, BRIEF);
    assert_eq!(ids(&app, "ana"), [new, web]);
}
