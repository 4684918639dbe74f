//! The fake identity provider of a pool: one chooses who to be.

use serde_json::{Value, json};

use super::{
    CALLBACK, authorize, back, client, cookie, encoded, get, id_claims, location, parameter,
};
use crate::world::{App, POOL, Pool, Server, Setup, Tool, WEB};

/// The path of the pool's fake provider.
fn path(rest: &str) -> String {
    format!("/_poolhouse/idp/{POOL}{rest}")
}

fn seed(server: &str) -> Value {
    let mut pool = Pool::new(POOL)
        .client_with(WEB, client(&["COGNITO", "Fake"]))
        .into_seed();
    pool["Domains"] = json!([{"Domain": "shop", "ManagedLoginVersion": 2}]);
    pool["IdentityProviders"] = json!([{"ProviderName": "Fake", "ProviderType": "OIDC",
        "AttributeMapping": {"email": "email", "name": "name", "custom:team": "team"},
        "ProviderDetails": {"client_id": "app", "client_secret": "a-secret", "oidc_issuer": format!("{server}{}", path("")),
            "attributes_request_method": "GET", "authorize_scopes": "openid"}}]);
    pool["UserPool"]["SchemaAttributes"] =
        json!([{"Name": "custom:team", "AttributeDataType": "String", "Mutable": true}]);
    pool["People"] = json!([
        {"sub": "akua", "name": "Akua Mansa", "email": "akua@example.com", "team": 7},
        {"sub": "<b>li</b>"}
    ]);
    pool
}

/// A server with a fake provider. Its port is known when it runs, so the provider is named afterwards.
fn start() -> App {
    start_with(Setup::new())
}

fn start_with(setup: Setup) -> App {
    let app = setup.seeded(seed("http://localhost:1")).start();
    let details = json!({"client_id": "app", "client_secret": "a-secret", "oidc_issuer": format!("{}{}", app.url(), path("")),
        "attributes_request_method": "GET", "authorize_scopes": "openid"});
    let update = json!({"UserPoolId": POOL, "ProviderName": "Fake", "ProviderDetails": details});
    app.call("UpdateIdentityProvider", &update).ok();
    app
}

/// Sends a browser to the fake provider. Returns the trip, and the text of the page there.
fn page(app: &App) -> (super::Trip, String) {
    let answer = authorize(app, WEB, &[("identity_provider", "Fake")]);
    let trip = super::Trip {
        location: location(&answer),
        mark: cookie(&answer, "csrf-state").unwrap(),
    };
    let page = get(app, &trip.location, "");
    assert_eq!(page.status, 200);
    (trip, String::from_utf8(page.body).unwrap())
}

/// Follows the link to who is chosen, and back to the domain.
fn choose(app: &App, trip: &super::Trip, person: &str) -> String {
    let url = format!("{}&{}", trip.location, encoded(&[("person", person)]));
    let led = location(&get(app, &url, ""));
    assert!(
        led.starts_with(&super::at(app, "/oauth2/idpresponse?")),
        "{led}"
    );
    let (_, query) = led.split_once('?').unwrap();
    let answer: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let answer: Vec<(&str, String)> = answer
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    location(&back(app, trip, &answer))
}

#[test]
fn a_person_of_the_seed_signs_in_with_the_claims_of_the_seed() {
    let app = start();
    let (trip, page) = page(&app);
    assert!(page.contains("Akua Mansa") && page.contains("akua@example.com"));
    assert!(
        page.contains("&#60;b&#62;li") && !page.contains("<b>li"),
        "{page}"
    );
    let claims = id_claims(&app, &choose(&app, &trip, "akua"));
    assert_eq!(claims["cognito:username"], "Fake_akua");
    assert_eq!(claims["name"], "Akua Mansa");
    assert_eq!(claims["custom:team"], "7");
}

#[test]
fn whoever_chooses_nobody_is_told_to_the_app() {
    let app = start();
    let (trip, _) = page(&app);
    let expected = format!("{CALLBACK}?error=access_denied&state=state-1");
    assert_eq!(choose(&app, &trip, ""), expected);
}

#[test]
fn only_the_pools_own_providers_are_its_clients() {
    let app = start();
    let (trip, _) = page(&app);
    let query: Vec<(String, String)> = {
        let (_, query) = trip.location.split_once('?').unwrap();
        form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    };
    for (name, value) in [
        ("client_id", "another"),
        ("redirect_uri", "https://evil.test/oauth2/idpresponse"),
        ("redirect_uri", "http://localhost/elsewhere"),
        ("redirect_uri", "javascript://localhost/oauth2/idpresponse"),
        ("response_type", "token"),
        ("person", "nobody-of-this-name"),
    ] {
        let mut changed: Vec<(&str, &str)> = { query.iter() }
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(known, _)| *known != name)
            .collect();
        changed.push((name, value));
        let answer = get(
            &app,
            &format!("{}{}?{}", app.url(), path("/authorize"), encoded(&changed)),
            "",
        );
        assert_eq!(answer.status, 400, "{name} {value}");
        assert_eq!(answer.header("location"), "");
    }
}

#[test]
fn a_code_needs_the_verifier_of_who_asked_for_it() {
    let app = start();
    let (trip, _) = page(&app);
    let asked = |name: &str| parameter(&trip.location, name).unwrap();
    let url = format!("{}&person=akua", trip.location);
    let code = parameter(&location(&get(&app, &url, "")), "code").unwrap();
    let callback = asked("redirect_uri");
    let right = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("client_id", "app"),
        ("redirect_uri", &callback),
        ("client_secret", "a-secret"),
    ];
    let post = |form: &[(&str, &str)]| {
        let request = http::Request::post(format!("{}{}", app.url(), path("/token")));
        app.send(request.body(encoded(form).into_bytes()).unwrap())
    };
    // The verifier is the server's own secret, so nobody else can redeem the code.
    assert_eq!(post(&right).json(), json!({"error": "invalid_grant"}));
    let info = get(&app, &format!("{}{}", app.url(), path("/userinfo")), "");
    assert_eq!(
        (info.status, info.json()),
        (400, json!({"error": "invalid_token"}))
    );
}

#[test]
fn it_is_there_only_where_tests_may_have_it() {
    let app = start_with(Setup::new().with("test_controls", "off"));
    for rest in [
        "/.well-known/openid-configuration",
        "/jwks",
        "/userinfo",
        "/authorize",
    ] {
        let answer = get(&app, &format!("{}{}", app.url(), path(rest)), "");
        assert_eq!(answer.status, 404, "{rest}");
    }
    let answer = authorize(&app, WEB, &[("identity_provider", "Fake")]);
    super::told(&location(&answer), "Bad response from identity provider");
}

#[test]
fn people_are_exported_and_apply_again() {
    let tool = Tool::new();
    tool.write_json("seed.json", &seed("http://localhost:9229"));
    assert_eq!(tool.run("seed apply --create seed.json").code, 0);
    let copy = tool.export();
    tool.write_json("copy.json", &copy);
    let people = &copy["UserPools"][0]["People"];
    assert_eq!(people.as_array().unwrap().len(), 2, "{copy}");
    let again = tool.run("seed apply copy.json");
    assert!(again.stdout.contains("0 created, 0 updated"), "{again:?}");
    assert_eq!(tool.run("check --deep").code, 0);
    tool.write_json(
        "wrong.json",
        &json!({"UserPool": {"Id": POOL}, "People": [{"name": "Nobody"}]}),
    );
    let wrong = tool.run("seed apply wrong.json");
    assert_eq!(wrong.code, 3);
    assert!(wrong.stderr.contains("sub must be a text"), "{wrong:?}");
}

/// The page of the demo's fake provider, to which the demo's domain sends a browser.
fn demo_people(server: &Server) -> String {
    let client = server.client();
    let url = format!(
        "http://{}/_poolhouse/domains/demo/oauth2/authorize?response_type=code&client_id=poolhousedemoclient0000001\
         &redirect_uri=http%3A%2F%2Flocalhost%3A3000%2F&identity_provider=Friends",
        server.address()
    );
    let departed = client.send(http::Request::get(url).body(Vec::new()).unwrap());
    let to = location(&departed);
    let page = client.send(http::Request::get(&to).body(Vec::new()).unwrap());
    let page = String::from_utf8(page.body).unwrap();
    assert!(page.contains("Akua Mansa"), "{to}");
    page
}

#[test]
fn the_demo_has_a_fake_provider_on_whatever_port_it_is_started_again() {
    let tool = Tool::new();
    let ports: Vec<String> = (0..2)
        .map(|_| {
            let server = tool.serve("--demo --log-format text");
            demo_people(&server);
            server.address().to_owned()
        })
        .collect();
    assert_ne!(ports[0], ports[1]);
}

#[test]
fn the_demo_keeps_an_issuer_that_its_provider_was_given() {
    let tool = Tool::new();
    let demo = json!({"UserPoolId": "us-east-1_PoolDemo1", "ProviderName": "Friends"});
    let details = |server: &Server| {
        let shown = server.client().call("DescribeIdentityProvider", &demo).ok();
        shown["IdentityProvider"]["ProviderDetails"].clone()
    };
    let server = tool.serve("--demo --log-format text");
    let mut changed = details(&server);
    changed["oidc_issuer"] = json!("http://localhost:1/_poolhouse/idp/another");
    let mut update = demo.clone();
    update["ProviderDetails"] = changed.clone();
    server.client().call("UpdateIdentityProvider", &update).ok();
    drop(server);
    let server = tool.serve("--demo --log-format text");
    assert_eq!(details(&server)["oidc_issuer"], changed["oidc_issuer"]);
}
