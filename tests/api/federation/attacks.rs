//! Somebody between the provider and the browser.

use super::{back, cookie, depart, id_claims, location, page_says, start, told};
use crate::world::App;

const STRAY: &str = "Something went wrong";

fn with(
    mut answer: Vec<(&'static str, String)>,
    name: &'static str,
    value: &str,
) -> Vec<(&'static str, String)> {
    answer.retain(|(known, _)| *known != name);
    answer.push((name, value.to_owned()));
    answer
}

#[test]
fn a_state_serves_once() {
    let (provider, app) = start();
    let trip = depart(&app);
    let answer = provider.answers(&trip.location);
    id_claims(&app, &location(&back(&app, &trip, &answer)));
    page_says(&location(&back(&app, &trip, &answer)), STRAY);
    assert_eq!(provider.seen("/token").len(), 1);
}

#[test]
fn a_state_that_failed_is_used_up_too() {
    let (provider, app) = start();
    let trip = depart(&app);
    let answer = provider.answers(&trip.location);
    provider.does(|does| does.token_status = 500);
    told(
        &location(&back(&app, &trip, &answer)),
        "Login Error - 500 error getting token",
    );
    provider.does(|does| does.token_status = 200);
    page_says(&location(&back(&app, &trip, &answer)), STRAY);
}

#[test]
fn an_answer_in_another_browser_signs_nobody_in() {
    let (provider, app) = start();
    let mut trip = depart(&app);
    let answer = provider.answers(&trip.location);
    let own = trip.mark.clone();
    for mark in [depart(&app).mark, String::new(), own[1..].to_owned()] {
        trip.mark = mark;
        page_says(&location(&back(&app, &trip, &answer)), STRAY);
    }
    assert!(provider.seen("/token").is_empty());
    trip.mark = own;
    id_claims(&app, &location(&back(&app, &trip, &answer)));
}

#[test]
fn a_state_lives_for_five_minutes() {
    let (provider, app) = start();
    let trip = depart(&app);
    let answer = provider.answers(&trip.location);
    app.clock.advance(std::time::Duration::from_mins(5));
    page_says(&location(&back(&app, &trip, &answer)), STRAY);
}

#[test]
fn a_state_that_was_altered_or_is_missing_is_refused() {
    let (provider, app) = start();
    let trip = depart(&app);
    let answer = provider.answers(&trip.location);
    let state = answer[1].1.clone();
    for wrong in ["", "state-1", &state[1..], &format!("{state}A")] {
        let answer = with(answer.clone(), "state", wrong);
        page_says(&location(&back(&app, &trip, &answer)), STRAY);
    }
    let mut twice = answer.clone();
    twice.push(("state", state));
    page_says(&location(&back(&app, &trip, &twice)), STRAY);
}

#[test]
fn the_answer_of_another_issuer_is_refused() {
    let (provider, app) = start();
    let trip = depart(&app);
    let answer = with(provider.answers(&trip.location), "iss", "https://evil.test");
    told(
        &location(&back(&app, &trip, &answer)),
        "Bad issuer in response",
    );
    assert!(provider.seen("/token").is_empty());
    let trip = depart(&app);
    let answer = with(provider.answers(&trip.location), "iss", &provider.url);
    id_claims(&app, &location(&back(&app, &trip, &answer)));
}

fn posted(app: &App, body: &str) -> crate::world::Answer {
    let request = http::Request::post(super::at(app, "/oauth2/idpresponse"))
        .header("content-type", "application/x-www-form-urlencoded");
    app.send(request.body(body.as_bytes().to_vec()).unwrap())
}

#[test]
fn a_posted_answer_is_led_on_with_the_browsers_cookies() {
    let (provider, app) = start();
    let trip = depart(&app);
    let answer = provider.answers(&trip.location);
    let body = super::encoded(&[
        ("code", &answer[0].1),
        ("state", &answer[1].1),
        ("user", "{}"),
    ]);
    let led = posted(&app, &body);
    assert_eq!(led.status, 303);
    let led = led.header("location").to_owned();
    assert!(
        led.starts_with("/_poolhouse/domains/shop/oauth2/idpresponse?code=")
            && !led.contains("user")
    );
    let url = format!("{}{led}", app.url());
    let answer = super::get(&app, &url, &format!("csrf-state={}", trip.mark));
    id_claims(&app, &location(&answer));
    let odd = posted(&app, "code=%0d%0aset-cookie:x=1&state=%0d%0a");
    assert!(odd.headers.get("set-cookie").is_none() && odd.status == 303);
}

#[test]
fn the_mark_is_a_cookie_that_no_script_reads_and_stays_the_browsers() {
    let (_provider, app) = start();
    let query = [
        ("response_type", "code"),
        ("client_id", crate::world::WEB.id),
        ("redirect_uri", super::CALLBACK),
        ("identity_provider", "Login"),
    ];
    let url = format!(
        "{}?{}",
        super::at(&app, "/oauth2/authorize"),
        super::encoded(&query)
    );
    let first = super::get(&app, &url, "");
    let set = first.header("set-cookie").to_owned();
    assert!(
        set.ends_with("; Path=/_poolhouse/domains/shop; Max-Age=86400; HttpOnly; SameSite=Lax"),
        "{set}"
    );
    let mark = cookie(&first, "csrf-state").unwrap();
    let again = super::get(&app, &url, &format!("csrf-state={mark}"));
    assert_eq!(cookie(&again, "csrf-state").unwrap(), mark);
}
