//! A provider that does what it should not: the app is told, and nobody is signed in.

use serde_json::{Value, json};

use super::provider::{Behaviour, NOW_S};
use super::{back, depart, id_claims, location, more, pool, sign_in, start, start_with, told};
use crate::world::POOL;

fn nobody_was_made(app: &crate::world::App) {
    let users = app.call("ListUsers", &json!({"UserPoolId": POOL})).ok();
    assert_eq!(users["Users"].as_array().unwrap().len(), 1);
}

#[test]
fn an_id_token_that_does_not_count_is_refused() {
    let (provider, app) = start();
    let wrong: [(Value, &str); 13] = [
        (
            json!({"iss": "https://login.example.com"}),
            "Bad id_token issuer",
        ),
        (json!({"iss": null}), "Bad id_token issuer"),
        (json!({"aud": "another"}), "Invalid id_token"),
        (json!({"aud": ["another"]}), "Invalid id_token"),
        (json!({"aud": ["poolhouse", "another"]}), "Invalid id_token"),
        (json!({"azp": "another"}), "Invalid id_token"),
        (json!({"exp": NOW_S - 60}), "Invalid id_token"),
        (json!({"exp": null}), "Invalid id_token"),
        (json!({"iat": NOW_S + 61}), "Invalid id_token"),
        (json!({"nbf": NOW_S + 61}), "Invalid id_token"),
        (json!({"nonce": "another"}), "Invalid id_token"),
        (json!({"nonce": null}), "Invalid id_token"),
        (json!({"sub": null}), "Invalid id_token"),
    ];
    for (claims, description) in wrong {
        provider.does(|does| does.claims = claims);
        told(&sign_in(&app, &provider), description);
    }
    nobody_was_made(&app);
    let claims = json!({"aud": ["poolhouse", "another"], "azp": "poolhouse", "exp": NOW_S - 59, "iat": NOW_S + 60});
    provider.does(|does| does.claims = claims);
    id_claims(&app, &sign_in(&app, &provider));
}

#[test]
fn a_signature_by_no_key_of_the_provider_is_refused() {
    let (provider, app) = start();
    let wrong: [fn(&mut Behaviour); 4] = [
        |does| does.header = json!({"alg": "none"}),
        |does| does.header = json!({"alg": "HS256"}),
        |does| does.header = json!({"kid": null}),
        |does| {
            does.signs = "second";
            does.header = json!({"kid": "first"});
        },
    ];
    for change in wrong {
        provider.does(|does| {
            does.header = json!({});
            change(does);
        });
        told(&sign_in(&app, &provider), "Invalid id_token");
    }
    nobody_was_made(&app);
}

#[test]
fn keys_that_changed_are_fetched_again_but_not_for_every_token() {
    let (provider, app) = start();
    sign_in(&app, &provider);
    provider.does(|does| does.signs = "second");
    told(&sign_in(&app, &provider), "Invalid id_token");
    assert_eq!(
        provider.seen("/jwks").len(),
        1,
        "the keys are younger than half a minute"
    );
    provider.does(|does| does.published = vec!["first", "second"]);
    app.clock.advance(std::time::Duration::from_secs(31));
    id_claims(&app, &sign_in(&app, &provider));
    sign_in(&app, &provider);
    assert_eq!(provider.seen("/jwks").len(), 2);
}

#[test]
fn user_info_about_somebody_else_is_refused() {
    let (provider, app) = start();
    for told_of in [json!({"sub": "8"}), json!({"sub": null})] {
        provider.does(|does| does.user_info = told_of);
        told(&sign_in(&app, &provider), "Bad userInfo response");
    }
    provider.does(|does| does.user_info_status = 500);
    told(
        &sign_in(&app, &provider),
        "Login Error - 500 error getting user info",
    );
    nobody_was_made(&app);
}

#[test]
fn a_provider_that_gives_no_tokens_is_told_of() {
    let (provider, app) = start();
    provider.does(|does| does.token_status = 400);
    told(
        &sign_in(&app, &provider),
        "Login Error - 400 error getting token",
    );
    provider.does(|does| does.token_status = 302);
    told(
        &sign_in(&app, &provider),
        "Login Error - 302 error getting token",
    );
    provider.does(|does| {
        does.token_status = 200;
        does.tokens = json!({"id_token": null});
    });
    told(&sign_in(&app, &provider), "Invalid id_token");
    provider.does(|does| does.endless = "/token");
    told(
        &sign_in(&app, &provider),
        "Bad response from identity provider",
    );
}

#[test]
fn a_provider_that_is_silent_or_away_is_given_up() {
    let (provider, app) = start();
    provider.does(|does| does.silent = "/token");
    told(
        &sign_in(&app, &provider),
        "Timeout occurred in calling IdP token endpoint",
    );
    let away = json!({"ProviderDetails": {"oidc_issuer": "http://127.0.0.1:1"}});
    let (_, app) = start_with(pool(), more(away));
    let answer = super::authorize(&app, crate::world::WEB, &[("identity_provider", "Login")]);
    told(&location(&answer), "Connection reset");
}

#[test]
fn a_discovery_document_of_another_issuer_is_refused() {
    let (provider, app) = start();
    provider.does(|does| does.discovery = json!({"issuer": "https://login.example.com"}));
    let answer = super::authorize(&app, crate::world::WEB, &[("identity_provider", "Login")]);
    told(&location(&answer), "Bad issuer in discovery document");
}

#[test]
fn plain_http_leads_to_this_machine_alone() {
    for endpoint in ["token_url", "authorize_url", "jwks_uri"] {
        let details = json!({"ProviderDetails": {endpoint: "http://login.example.com/x"}});
        let (provider, app) = start_with(pool(), more(details));
        let answer = super::authorize(&app, crate::world::WEB, &[("identity_provider", "Login")]);
        let answer = if endpoint == "authorize_url" {
            location(&answer)
        } else {
            sign_in(&app, &provider)
        };
        told(&answer, "Bad configuration of identity provider");
    }
}

#[test]
fn what_the_provider_says_of_a_refusal_goes_on_to_the_app() {
    let (provider, app) = start();
    let refusal = |word: &str, description: &str| {
        let trip = depart(&app);
        let mut answer = provider.answers(&trip.location);
        answer.retain(|(name, _)| *name == "state");
        answer.push(("error", word.to_owned()));
        answer.push(("error_description", description.to_owned()));
        location(&back(&app, &trip, &answer))
    };
    let expected =
        "https://app.test/callback?error_description=not+now&error=access_denied&state=state-1";
    assert_eq!(refusal("access_denied", "not now"), expected);
    let long = refusal("made&up\r\n", &"x".repeat(400));
    told(&long, &"x".repeat(300));
}
