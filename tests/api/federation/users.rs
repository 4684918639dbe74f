//! The users of the pool who come of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::provider::{CLIENT_ID, CLIENT_SECRET, NOW_S, Provider};
use super::{
    back, cookie, depart, id_claims, location, login, more, parameter, pool, setup, sign_in, start,
    start_with, told,
};
use crate::world::{App, Collector, NOW_MS, POOL, Pool, WEB, value_of};

fn user(app: &App, name: &str) -> Value {
    app.call(
        "AdminGetUser",
        &json!({"UserPoolId": POOL, "Username": name}),
    )
    .ok()
}

fn identities(user: &Value) -> Value {
    let shown = value_of(&user["UserAttributes"], "identities");
    serde_json::from_str(shown.as_str().unwrap()).unwrap()
}

#[test]
fn the_first_sign_in_makes_a_user_and_the_next_one_updates_it() {
    let (provider, app) = start();
    let claims = id_claims(&app, &sign_in(&app, &provider));
    assert_eq!(claims["cognito:username"], "Login_7");
    assert_eq!(claims["email"], "ana@example.com");
    assert_eq!(claims["cognito:groups"], json!([format!("{POOL}_Login")]));
    let identity =
        json!({"userId": "7", "providerName": "Login", "providerType": "OIDC", "issuer": null});
    let mut claim = identity.clone();
    claim["primary"] = json!("true");
    claim["dateCreated"] = json!(NOW_MS.to_string());
    assert_eq!(claims["identities"], json!([claim]));
    let made = user(&app, "Login_7");
    assert_eq!(made["UserStatus"], "EXTERNAL_PROVIDER");
    assert_eq!(value_of(&made["UserAttributes"], "nickname"), "annie");
    assert_eq!(value_of(&made["UserAttributes"], "email_verified"), "true");
    let mut shown = identity;
    shown["primary"] = json!(true);
    shown["dateCreated"] = json!(NOW_MS);
    assert_eq!(identities(&made), json!([shown]));
    provider.does(|does| {
        does.claims = json!({"email": "new@example.com", "email_verified": null});
        does.user_info = json!({"nickname": null});
    });
    assert_eq!(
        id_claims(&app, &sign_in(&app, &provider))["sub"],
        claims["sub"]
    );
    let later = user(&app, "Login_7");
    assert_eq!(
        value_of(&later["UserAttributes"], "email"),
        "new@example.com"
    );
    assert_eq!(
        value_of(&later["UserAttributes"], "email_verified"),
        "false"
    );
    assert_eq!(value_of(&later["UserAttributes"], "nickname"), "annie");
}

/// The challenge of a verifier (RFC 7636 section 4.2).
fn challenge_of(verifier: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(verifier).into();
    URL_SAFE_NO_PAD.encode(hash)
}

#[test]
fn the_provider_is_asked_as_a_client_asks() {
    let (provider, app) = start();
    let trip = depart(&app);
    for (name, value) in [
        ("client_id", CLIENT_ID),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", &super::at(&app, "/oauth2/idpresponse")),
    ] {
        assert_eq!(parameter(&trip.location, name).as_deref(), Some(value));
    }
    let challenge = parameter(&trip.location, "code_challenge").unwrap();
    location(&back(&app, &trip, &provider.answers(&trip.location)));
    let asked = provider.seen("/token").remove(0);
    assert_eq!(asked.method, "POST");
    let form = format!("?{}", asked.body);
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "code-1"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("redirect_uri", &super::at(&app, "/oauth2/idpresponse")),
    ] {
        assert_eq!(parameter(&form, name).as_deref(), Some(value));
    }
    let verifier = parameter(&form, "code_verifier").unwrap();
    assert_eq!(challenge_of(&verifier), challenge);
    let has = |line: &str| {
        asked
            .headers
            .iter()
            .any(|header| header.eq_ignore_ascii_case(line))
    };
    assert!(has("user-agent: Amazon/Cognito") && !has("authorization"));
    let told = provider.seen("/userinfo").remove(0);
    assert_eq!(told.method, "GET");
    assert!(
        told.headers
            .iter()
            .any(|header| header.eq_ignore_ascii_case("authorization: Bearer access-1"))
    );
    assert_eq!(provider.seen("/.well-known/openid-configuration").len(), 1);
}

#[test]
fn the_browser_has_a_session_then_and_is_not_asked_again() {
    let (provider, app) = start();
    let trip = depart(&app);
    let answer = back(&app, &trip, &provider.answers(&trip.location));
    let session = cookie(&answer, "cognito").unwrap();
    let query = super::encoded(&[
        ("response_type", "code"),
        ("client_id", WEB.id),
        ("redirect_uri", super::CALLBACK),
    ]);
    let url = format!("{}?{query}", super::at(&app, "/oauth2/authorize"));
    let again = location(&super::get(&app, &url, &format!("cognito={session}")));
    assert_eq!(id_claims(&app, &again)["cognito:username"], "Login_7");
    let bye = super::encoded(&[
        ("client_id", WEB.id),
        ("logout_uri", "https://app.test/bye"),
    ]);
    let url = format!("{}?{bye}", super::at(&app, "/logout"));
    let out = super::get(&app, &url, &format!("cognito={session}"));
    assert_eq!(location(&out), "https://app.test/bye");
}

#[test]
fn a_linked_user_is_who_signs_in_and_keeps_the_name() {
    let (provider, app) = start();
    let link = |attribute: &str, value: &str| {
        json!({"UserPoolId": POOL,
            "DestinationUser": {"ProviderName": "Cognito", "ProviderAttributeValue": "ben"},
            "SourceUser": {"ProviderName": "Login", "ProviderAttributeName": attribute, "ProviderAttributeValue": value}})
    };
    app.call(
        "AdminLinkProviderForUser",
        &link("email", "ana@example.com"),
    )
    .done();
    let claims = id_claims(&app, &sign_in(&app, &provider));
    assert_eq!(claims["cognito:username"], "ben");
    assert_eq!(claims["identities"][0]["primary"], "false");
    assert!(claims.get("cognito:groups").is_none());
    let known = identities(&user(&app, "ben"));
    assert_eq!(known[0]["userId"], "7");
    assert!(known[0].get("providerAttributeName").is_none());
    provider.does(|does| does.claims = json!({"email": "another@example.com"}));
    assert_eq!(
        id_claims(&app, &sign_in(&app, &provider))["cognito:username"],
        "ben"
    );
    let named = json!({"UserPoolId": POOL, "User": {"ProviderName": "Login",
        "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "7"}});
    app.call("AdminDisableProviderForUser", &named).done();
    assert_eq!(
        id_claims(&app, &sign_in(&app, &provider))["cognito:username"],
        "Login_7"
    );
}

#[test]
fn a_disabled_user_is_refused() {
    let (provider, app) = start();
    sign_in(&app, &provider);
    app.call(
        "AdminDisableUser",
        &json!({"UserPoolId": POOL, "Username": "Login_7"}),
    )
    .done();
    told(&sign_in(&app, &provider), "User is disabled.");
}

#[test]
fn a_user_may_share_an_address_with_a_user_of_the_pool() {
    let by_email = Pool::new(POOL)
        .with(json!({"UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": false}}))
        .client_with(WEB, super::client(&["Login"]))
        .user(crate::world::User::new("ana@example.com"));
    let (provider, app) = start_with(by_email, |_| ());
    let claims = id_claims(&app, &sign_in(&app, &provider));
    assert_eq!(claims["cognito:username"], "login_7");
    assert_eq!(claims["identities"][0]["providerName"], "Login");
    let own = user(&app, "ana@example.com");
    assert_ne!(own["Username"], "login_7");
}

#[test]
fn a_mapping_decides_who_the_user_is() {
    let mapping = json!({"AttributeMapping": {"username": "email"}});
    let (provider, app) = start_with(pool(), |login| {
        login["AttributeMapping"] = mapping["AttributeMapping"].clone();
    });
    let claims = id_claims(&app, &sign_in(&app, &provider));
    assert_eq!(claims["cognito:username"], "Login_ana@example.com");
    provider.does(|does| does.claims = json!({"email": null}));
    told(
        &sign_in(&app, &provider),
        "username attribute mapping required",
    );
}

fn required(name: &str) -> Pool {
    pool().with(json!({"SchemaAttributes": [{"Name": name, "AttributeDataType": "String", "Required": true, "Mutable": true}]}))
}

#[test]
fn a_required_attribute_that_is_missing_is_told() {
    let (provider, app) = start_with(required("name"), |_| ());
    told(
        &sign_in(&app, &provider),
        "Invalid user attributes: name. The attribute is required.",
    );
    let (provider, app) = start_with(
        required("name"),
        more(json!({"AttributeMapping": {"name": "name"}})),
    );
    told(&sign_in(&app, &provider), "attributes required: [name]");
    provider.does(|does| does.claims = json!({"name": "Ana"}));
    assert_eq!(id_claims(&app, &sign_in(&app, &provider))["name"], "Ana");
}

#[test]
fn a_mapped_attribute_must_be_one_that_can_change() {
    let fixed = pool().with(json!({"SchemaAttributes": [
        {"Name": "custom:badge", "AttributeDataType": "String", "Mutable": false}]}));
    let (provider, app) = start_with(
        fixed,
        more(json!({"AttributeMapping": {"custom:badge": "badge"}})),
    );
    provider.does(|does| does.claims = json!({"badge": "1"}));
    assert_eq!(
        id_claims(&app, &sign_in(&app, &provider))["custom:badge"],
        "1"
    );
    told(
        &sign_in(&app, &provider),
        "Invalid user attributes: custom:badge: Attribute cannot be updated. ",
    );
}

#[test]
fn a_username_that_is_taken_is_told() {
    let taken = pool().user(crate::world::User::new("Login_7"));
    let (provider, app) = start_with(taken, |_| ());
    told(
        &sign_in(&app, &provider),
        "Already found an entry for username Login_7",
    );
}

#[test]
fn the_provider_is_asked_for_attributes_by_the_method_that_it_is_given() {
    for method in ["GET", "POST"] {
        let details = json!({"attributes_request_method": method});
        let (provider, app) = start_with(pool(), more(json!({"ProviderDetails": details})));
        sign_in(&app, &provider);
        let asked = provider.seen("/userinfo").remove(0);
        assert_eq!((asked.method.as_str(), asked.body.as_str()), (method, ""));
        let shown = |header: &String| header.eq_ignore_ascii_case("authorization: Bearer access-1");
        assert!(asked.headers.iter().any(shown), "{:?}", asked.headers);
        let nickname = value_of(&user(&app, "Login_7")["UserAttributes"], "nickname");
        assert_eq!(nickname, "annie");
    }
}

/// A pool that records events.
fn records() -> Pool {
    pool().with(json!({"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}))
}

/// The events of the user of the provider.
fn events(app: &App) -> Vec<Value> {
    let user = json!({"UserPoolId": POOL, "Username": "Login_7"});
    let listed = app.call("AdminListUserAuthEvents", &user).ok();
    listed["AuthEvents"].as_array().unwrap().clone()
}

#[test]
fn a_sign_in_that_fails_at_a_provider_or_after_it_is_no_event() {
    let (provider, app) = start_with(records(), |_| ());
    sign_in(&app, &provider);
    let user = json!({"UserPoolId": POOL, "Username": "Login_7"});
    provider.does(|does| does.token_status = 400);
    sign_in(&app, &provider);
    provider.does(|does| does.token_status = 200);
    app.call("AdminDisableUser", &user).done();
    told(&sign_in(&app, &provider), "User is disabled.");
    assert_eq!(events(&app).len(), 1, "the first");
}

#[test]
fn an_event_is_recorded_where_the_pool_records_events() {
    let (provider, app) = start_with(records(), |_| ());
    let claims = id_claims(&app, &sign_in(&app, &provider));
    let event = &events(&app)[0];
    assert_eq!(event["EventType"], "SignIn");
    assert_eq!(event["EventResponse"], "Pass");
    assert_eq!(event["EventId"], claims["event_id"]);
    assert_eq!(claims["auth_time"], NOW_S);
}

#[test]
fn asking_a_provider_takes_time_that_a_trace_shows() {
    let (provider, collector) = (Provider::start(), Collector::start());
    let app = setup(pool(), &[login(&provider)])
        .with("traces_endpoint", &collector.url())
        .start();
    sign_in(&app, &provider);
    app.stop();
    let spans = collector.spans();
    let response = spans.iter().find(|span| span.name == "idpresponse");
    let response = response.unwrap();
    let asked = spans
        .iter()
        .filter(|span| span.parent_span_id == response.span_id && span.name == "fetch");
    // The discovery document, the tokens, the keys, and what it tells of the user.
    assert_eq!(asked.count(), 4);
}
