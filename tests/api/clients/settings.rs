//! The settings of an app client: what Cognito fills in, its secret, and what an update resets.

use std::time::Duration;

use serde_json::{Value, json};

use super::{create, defaults, describe, settings, update};
use crate::world::{App, NOW};

fn is_drawn(text: &Value, length: usize) -> bool {
    let text = text.as_str().unwrap();
    text.len() == length
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[test]
fn a_new_client_shows_every_default_and_has_no_secret() {
    let app = App::with_devices();
    let client = create(&app, json!({"ClientName": "plain"}));
    assert!(is_drawn(&client["ClientId"], 26), "{client}");
    assert_eq!(client, defaults(&client["ClientId"], "plain"));
    assert_eq!(describe(&app, &client["ClientId"]), client);
}

#[test]
fn a_secret_is_drawn_or_brought_along_and_survives_updates() {
    let app = App::with_devices();
    let drawn = create(&app, json!({"ClientName": "drawn", "GenerateSecret": true}));
    assert!(is_drawn(&drawn["ClientSecret"], 51), "{drawn}");
    let brought = "a-secret-of-its-own".replace('-', "_") + "_000000";
    let own = create(&app, json!({"ClientName": "own", "ClientSecret": brought}));
    assert_eq!(own["ClientSecret"], brought);
    for client in [drawn, own] {
        let after = update(&app, &client["ClientId"], json!({}));
        assert_eq!(after, client);
        assert_eq!(describe(&app, &client["ClientId"]), client);
    }
}

#[test]
fn what_was_said_is_shown_as_it_was_said_until_an_update_resets_it() {
    let app = App::with_devices();
    let mut input = settings();
    input["ClientName"] = json!("full");
    input["ClientSecret"] = json!("a_secret_of_its_own_00000000");
    let client = create(&app, input.clone());
    let mut expected = defaults(&client["ClientId"], "full");
    for (name, value) in input.as_object().unwrap() {
        expected[name] = value.clone();
    }
    assert_eq!(client, expected);
    assert_eq!(describe(&app, &client["ClientId"]), client);

    app.clock.advance(Duration::from_mins(1));
    let after = update(&app, &client["ClientId"], json!({}));
    let mut reset = defaults(&client["ClientId"], "full");
    reset["ClientSecret"] = client["ClientSecret"].clone();
    reset["LastModifiedDate"] = json!(NOW + 60.0);
    assert_eq!(after, reset);
    assert_eq!(describe(&app, &client["ClientId"]), reset);

    let mut input = settings();
    input["ClientName"] = json!("renamed");
    let after = update(&app, &client["ClientId"], input);
    expected["ClientName"] = json!("renamed");
    expected["LastModifiedDate"] = json!(NOW + 60.0);
    assert_eq!(after, expected);
}

#[test]
fn a_refresh_token_that_is_good_for_no_time_has_the_default_instead() {
    let app = App::with_devices();
    let client = create(
        &app,
        json!({"ClientName": "zero", "RefreshTokenValidity": 0}),
    );
    assert_eq!(client["RefreshTokenValidity"], 30);
    // Thirty days, in the unit that the client names.
    let units = json!({"RefreshToken": "hours"});
    let client = create(
        &app,
        json!({"ClientName": "c", "TokenValidityUnits": units}),
    );
    assert_eq!(client["RefreshTokenValidity"], 720);
    assert_eq!(describe(&app, &client["ClientId"]), client);
}
