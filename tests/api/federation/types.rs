//! Providers of other types than OIDC, by addresses of the test's own.

use serde_json::{Value, json};

use super::provider::{NOW_S, Provider};
use super::{CALLBACK, authorize, cookie, id_claims, location, parameter, setup};
use crate::world::{App, POOL, Pool, WEB};

/// A private key that stands nowhere else.
const KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpleIJg/D3ctTxMyJth8pXcUNppjIwYxs9LvJUO5Lhcuh\
    RANCAASITw7Y9coc+58lP7NHUmKDjlGV2e9ioEqcieeVPSVoBFmXJdOcoCrwKdrkg1cxnqQ5I4cqwVaGMwDaG0Mh6sdS";

fn start(provider_type: &str, details: impl FnOnce(&Provider) -> Value) -> (Provider, App) {
    let provider = Provider::start();
    let details = details(&provider);
    let seed = json!({"ProviderName": provider_type, "ProviderType": provider_type, "ProviderDetails": details,
        "AttributeMapping": {"email": "email", "name": "name"}});
    let pool = Pool::new(POOL).client_with(WEB, super::client(&[provider_type]));
    let app = setup(pool, &[seed]).start();
    (provider, app)
}

/// Goes the whole way. Returns where the provider was asked, and the claims of the app's ID token.
fn signed_in(provider: &Provider, app: &App) -> (String, Value) {
    let answer = authorize(app, WEB, &[]);
    let to = location(&answer);
    let trip = super::Trip {
        location: to.clone(),
        mark: cookie(&answer, "csrf-state").unwrap(),
    };
    let answer = provider.answers(&to);
    (
        to,
        id_claims(app, &location(&super::back(app, &trip, &answer))),
    )
}

#[test]
fn google_is_a_provider_of_openid_connect() {
    let (provider, app) = start("Google", |provider| {
        json!({"client_id": "poolhouse", "client_secret": "s", "authorize_scopes": "openid email",
            "oidc_issuer": provider.url, "authorize_url": format!("{}/authorize", provider.url),
            "token_url": format!("{}/token", provider.url)})
    });
    let (_, claims) = signed_in(&provider, &app);
    assert_eq!(claims["cognito:username"], "Google_7");
    assert_eq!(claims["identities"][0]["providerType"], "Google");
    assert_eq!(provider.seen("/userinfo").len(), 1);
    provider.does(|does| {
        does.token_status = 400;
        does.tokens = json!({"error": "invalid_grant"});
    });
    let answer = authorize(&app, WEB, &[]);
    let trip = super::Trip {
        location: location(&answer),
        mark: cookie(&answer, "csrf-state").unwrap(),
    };
    let answer = provider.answers(&trip.location);
    super::told(
        &location(&super::back(&app, &trip, &answer)),
        "Google Error - 400 invalid_grant",
    );
}

#[test]
fn apple_is_shown_a_token_that_its_key_signs() {
    let (provider, app) = start("SignInWithApple", |provider| {
        json!({"client_id": "poolhouse", "team_id": "TEAM", "key_id": "KEY1", "private_key": KEY,
            "authorize_scopes": "email name", "oidc_issuer": provider.url,
            "authorize_url": format!("{}/authorize", provider.url), "token_url": format!("{}/token", provider.url)})
    });
    provider.does(|does| does.discovery = json!({"userinfo_endpoint": null}));
    let (to, claims) = signed_in(&provider, &app);
    assert_eq!(claims["cognito:username"], "SignInWithApple_7");
    assert_eq!(
        parameter(&to, "response_mode").as_deref(),
        Some("form_post")
    );
    let form = format!("?{}", provider.seen("/token").remove(0).body);
    let proof = parameter(&form, "client_secret").unwrap();
    let shown = crate::world::claims(&proof);
    assert_eq!(
        shown,
        json!({"iss": "TEAM", "sub": "poolhouse", "aud": provider.url, "iat": NOW_S, "exp": NOW_S + 300})
    );
    assert!(provider.seen("/userinfo").is_empty());
}

#[test]
fn facebook_tells_by_its_attributes_who_has_signed_in() {
    let (provider, app) = start("Facebook", |provider| {
        json!({"client_id": "poolhouse", "client_secret": "s", "authorize_scopes": "public_profile,email",
            "authorize_url": format!("{}/authorize", provider.url), "token_url": format!("{}/token", provider.url),
            "attributes_url": format!("{}/userinfo?fields=", provider.url)})
    });
    provider.does(|does| {
        does.tokens = json!({"id_token": null});
        does.user_info = json!({"sub": null, "id": "88", "name": "Ana"});
    });
    let (to, claims) = signed_in(&provider, &app);
    assert!(parameter(&to, "nonce").is_none());
    assert_eq!(claims["cognito:username"], "Facebook_88");
    assert_eq!(claims["name"], "Ana");
    assert_eq!(provider.seen("/token").remove(0).method, "GET");
    assert_eq!(
        provider.seen("/userinfo").remove(0).body,
        "fields=email,id,name"
    );
}

#[test]
fn amazon_names_its_users_in_a_way_of_its_own() {
    let (provider, app) = start("LoginWithAmazon", |provider| {
        json!({"client_id": "poolhouse", "client_secret": "s", "authorize_scopes": "profile",
            "authorize_url": format!("{}/authorize", provider.url), "token_url": format!("{}/token", provider.url),
            "attributes_url": format!("{}/userinfo", provider.url)})
    });
    provider.does(|does| {
        does.tokens = json!({"id_token": null});
        does.user_info = json!({"sub": null, "user_id": "amzn1.account.A"});
    });
    let (_, claims) = signed_in(&provider, &app);
    assert_eq!(
        claims["cognito:username"],
        "LoginWithAmazon_amzn1.account.A"
    );
    assert!(CALLBACK.starts_with("https"));
}
