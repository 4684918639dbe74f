//! Browsers at the pages and apps at the endpoints while snapshots are restored.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::{Browser, CALLBACK, at, login_page, pool, setup, sign_in};
use crate::world::{App, Key, Meanwhile, PASSWORD, POOL, WEB};

fn snapshot(app: &App, method: &str, path: &str) {
    let path = format!("/_poolhouse/snapshots/{path}");
    app.control(&Key::default(), method, &path, &Value::Null)
        .done();
}

/// The answer of the token endpoint to a code.
fn redeem(app: &App, code: &str) -> (u16, Value) {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("client_id", WEB.id)
        .append_pair("code", code)
        .append_pair("redirect_uri", CALLBACK)
        .finish();
    let url = format!("{}/_poolhouse/domains/people/oauth2/token", app.url());
    let request = http::Request::post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.into_bytes())
        .unwrap();
    let answer = app.send(request);
    (
        answer.status,
        serde_json::from_slice(&answer.body).unwrap_or_default(),
    )
}

fn user_info(app: &App, token: &str) -> u16 {
    let url = format!("{}/_poolhouse/domains/people/oauth2/userInfo", app.url());
    let request = http::Request::get(url)
        .header("authorization", format!("Bearer {token}"))
        .body(Vec::new())
        .unwrap();
    app.send(request).status
}

#[test]
fn browsers_that_sign_in_meanwhile_are_answered_as_if_nothing_had_been_restored() {
    let app = setup(pool()).on_disk().with("http_workers", "2").start();
    let code = sign_in(&Browser::new(&app), "ana", PASSWORD).code();
    let (_, tokens) = redeem(&app, &code);
    let token = tokens["access_token"].as_str().unwrap();
    snapshot(&app, "PUT", "old");
    let other = json!({"UserPoolId": POOL, "Username": "ben", "MessageAction": "SUPPRESS"});
    app.call("AdminCreateUser", &other).ok();
    snapshot(&app, "PUT", "new");
    let restores = Meanwhile::default();
    let signed_in = AtomicU32::new(0);
    let answered = std::thread::scope(|scope| {
        let signs_in = scope.spawn(|| {
            restores.ask(|| {
                let browser = Browser::new(&app);
                let page = login_page(&browser);
                assert_eq!(page.answer.status, 200);
                let form = [("username", "ana"), ("password", PASSWORD)];
                // The code may be of the other state by the time that the app shows it.
                let (status, told) = redeem(&app, &browser.post(&page, &form).code());
                assert!(status == 200 || told["error"] == "invalid_grant", "{told}");
                signed_in.fetch_add(1, Ordering::SeqCst);
            })
        });
        let asks = scope.spawn(|| restores.ask(|| assert_eq!(user_info(&app, token), 200)));
        let begins = scope.spawn(|| {
            restores.ask(|| {
                let begun = Browser::new(&app).open(&at("oauth2/authorize", WEB.id, &[]));
                assert!(begun.location().contains("/login?"), "{}", begun.location());
            })
        });
        for name in ["old", "new"].into_iter().cycle().take(20) {
            let before = signed_in.load(Ordering::SeqCst);
            snapshot(&app, "POST", &format!("{name}/restore"));
            while signed_in.load(Ordering::SeqCst) == before && !signs_in.is_finished() {
                std::thread::yield_now();
            }
        }
        restores.end();
        [signs_in, asks, begins].map(|thread| thread.join().unwrap())
    });
    println!("answered beside twenty restores: {answered:?}");
    assert!(
        answered.iter().all(|answered| *answered > 0),
        "{answered:?}"
    );
}
