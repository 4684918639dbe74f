//! The lock after failed attempts.

use std::io::{Read, Write};
use std::net::TcpStream;

use poolhouse::ambient::ManualClock;
use serde_json::json;

use super::{EMAIL_APP, EMAIL_POOL, begun, claim, new_password, setup, start, verify};
use crate::world::{
    ANA_SUB, App, AppClient, DISCREET, EXPIRED_SESSION, LOCKED_OUT, NEW, PASSWORD, POOL, TEMPORARY,
    WEB, WITH_SECRET, WRONG_PASSWORD, at_once, sign_in, sign_in_by_password, sign_in_by_srp,
};

/// Fails to sign in until the user is locked out for the first time.
fn lock(app: &App, client: AppClient<'_>, name: &str) {
    for _ in 0..5 {
        sign_in_by_password(app, client, name, "wrong", &[]).refused_as(WRONG_PASSWORD);
    }
    sign_in_by_password(app, client, name, "wrong", &[]).refused_as(LOCKED_OUT);
}

#[test]
fn failed_attempts_lock_for_longer_and_longer_whether_the_user_exists_or_not() {
    let app = start();
    for name in ["Ana", "nobody"] {
        lock(&app, DISCREET, name);
        for lock in [1000, 2000, 4000, 8000] {
            app.milliseconds_pass(lock - 1);
            // Attempts during the lock do not count, not even with the right password.
            for password in ["wrong", PASSWORD, "wrong"] {
                sign_in_by_password(&app, DISCREET, name, password, &[]).refused_as(LOCKED_OUT);
                sign_in_by_srp(&app, DISCREET, name, password, &[]).refused_as(LOCKED_OUT);
            }
            app.milliseconds_pass(1);
            sign_in_by_password(&app, DISCREET, name, "wrong", &[]).refused_as(WRONG_PASSWORD);
            sign_in_by_password(&app, DISCREET, name, "wrong", &[]).refused_as(LOCKED_OUT);
        }
    }
    app.seconds_pass(16);
    assert_eq!(
        sign_in_by_password(&app, DISCREET, "Ana", PASSWORD, &[]).status,
        200
    );
}

#[test]
fn success_and_a_quiet_quarter_of_an_hour_start_anew() {
    let app = start();
    let wrong = || sign_in_by_srp(&app, WEB, "Ana", "wrong", &[]).refused_as(WRONG_PASSWORD);
    (0..4).for_each(|_| wrong());
    assert_eq!(sign_in_by_srp(&app, WEB, "Ana", PASSWORD, &[]).status, 200);
    lock(&app, WEB, "Ana");
    app.seconds_pass(1);
    assert_eq!(
        sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]).status,
        200
    );
    lock(&app, WEB, "Ana");
    app.seconds_pass(900);
    lock(&app, WEB, "Ana");
    app.seconds_pass(899);
    wrong();
    sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]).refused_as(LOCKED_OUT);
    app.milliseconds_pass(1999);
    sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]).refused_as(LOCKED_OUT);
}

#[test]
fn the_lock_is_the_users_by_whatever_name_and_client_and_nobody_elses() {
    let app = start();
    for (index, name) in ["Ana", "ANA", "ana@example.com", ANA_SUB, "ana"]
        .into_iter()
        .enumerate()
    {
        let client = if index % 2 == 0 { WEB } else { DISCREET };
        sign_in_by_password(&app, client, name, "wrong", &[]).refused_as(WRONG_PASSWORD);
    }
    for name in ["Ana", "ana@example.com"] {
        sign_in_by_srp(&app, WITH_SECRET, name, PASSWORD, &[]).refused_as(LOCKED_OUT);
    }
    assert_eq!(
        sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]).status,
        200
    );
    assert_eq!(
        sign_in_by_password(&app, EMAIL_APP, "eva@example.com", PASSWORD, &[]).status,
        200
    );
    lock(&app, DISCREET, "NoBody");
    sign_in_by_password(&app, DISCREET, "nobody", "wrong", &[]).refused_as(LOCKED_OUT);
    sign_in_by_password(&app, DISCREET, "somebody", "wrong", &[]).refused_as(WRONG_PASSWORD);
}

#[test]
fn a_lock_outlives_a_restart() {
    let app = setup().on_disk().start();
    lock(&app, WEB, "Ana");
    let app = app.stop().start();
    sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]).refused_as(LOCKED_OUT);
}

#[test]
fn a_clock_that_was_ahead_leaves_no_lock_and_no_session_of_hours() {
    let app = setup().on_disk().start();
    let now = app.clock.now();
    app.seconds_pass(5 * 3600);
    for attempt in 1..=12 {
        sign_in_by_password(&app, WEB, "Ana", "wrong", &[]).refused_as(WRONG_PASSWORD);
        app.seconds_pass(1 << (attempt.max(5) - 5));
    }
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let block = begun(&app, WEB, "ben");
    let app = app.stop().start_at(ManualClock::at(now));
    // The next wrong attempt counts from the present time.
    lock(&app, WEB, "Ana");
    app.seconds_pass(1);
    assert_eq!(
        sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]).status,
        200
    );
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW});
    new_password(&app, WEB, &asked, set).refused_as(EXPIRED_SESSION);
    verify(&app, WEB, claim(&app, WEB, &block, PASSWORD)).refused_as(WRONG_PASSWORD);
}

/// The time of a request is the time at which its body has arrived; attempts that failed before it count.
#[test]
fn a_request_whose_body_was_held_back_is_locked_out_like_any_other() {
    let app = start();
    for attempt in 1..=14 {
        sign_in_by_password(&app, WEB, "Ana", "wrong", &[]).refused_as(WRONG_PASSWORD);
        app.seconds_pass(1 << (attempt.max(5) - 5));
    }
    let body = json!({"ClientId": WEB.id, "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "Ana", "PASSWORD": PASSWORD}})
    .to_string();
    let mut connection = TcpStream::connect(app.host()).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.1\r\n\
         X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\nConnection: close\r\n\r\n",
        app.host(),
        body.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    // The server has the head and waits for the body.
    let mut told = [0; 25];
    connection.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    app.milliseconds_pass(1);
    sign_in_by_password(&app, WEB, "Ana", "wrong", &[]).refused_as(WRONG_PASSWORD);
    connection.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(LOCKED_OUT.1), "{answer}");
    sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]).refused_as(LOCKED_OUT);
}

#[test]
fn an_administrator_who_sets_a_password_ends_the_lock() {
    let app = start();
    for permanent in [true, false] {
        lock(&app, WEB, "Ana");
        app.set_password(POOL, "Ana", NEW, permanent).ok();
        assert_eq!(sign_in_by_password(&app, WEB, "Ana", NEW, &[]).status, 200);
    }
    // Nobody has signed in to this pool yet, so there is no count to end.
    app.set_password(EMAIL_POOL, "eva@example.com", NEW, true)
        .ok();
}

#[test]
fn attempts_at_the_same_time_count_one_by_one() {
    let app = start();
    let counts = at_once(|| sign_in_by_password(&app, WEB, "Ana", "wrong", &[]));
    let expected = [
        ((400, WRONG_PASSWORD.1.to_owned()), 5),
        ((400, LOCKED_OUT.1.to_owned()), 11),
    ];
    assert_eq!(counts, expected.into());
}

#[test]
fn enabling_a_user_does_not_end_the_lock() {
    let app = start();
    for _ in 0..5 {
        sign_in_by_password(&app, WEB, "Ana", "wrong", &[]).refused_as(WRONG_PASSWORD);
    }
    for operation in ["AdminDisableUser", "AdminEnableUser"] {
        app.call(operation, &json!({"UserPoolId": POOL, "Username": "Ana"}))
            .ok();
    }
    sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]).refused_as(LOCKED_OUT);
    app.seconds_pass(1);
    sign_in(&app, WEB, "Ana");
}
