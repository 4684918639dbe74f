//! How a request finds its pool's domain, and what the discovery document says of it.

use serde_json::{Value, json};

use super::{
    CALLBACK, ELSEWHERE, NOW_S, OTHER_POOL, asked, at_domain, browser_of, changed, encoded, get,
    location, parameter, start,
};
use crate::world::{App, POOL, Pool, WEB, claims};

/// Calls a path on a host of the test's choice. Returns the head and the body of the answer.
fn on_host(app: &App, host: &str, head: &str, body: &str) -> (String, String) {
    let request = format!(
        "{head} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = app.raw(request.as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

fn port(app: &App) -> String {
    app.host().rsplit_once(':').unwrap().1.to_owned()
}

#[test]
fn a_domain_is_found_by_its_host() {
    let app = start();
    let port = port(&app);
    let query = encoded(&asked(WEB));
    let head = format!("GET /oauth2/authorize?{query}");
    for host in [
        &format!("shop.localhost:{port}")[..],
        "SHOP.localhost",
        "shop.auth.us-east-1.amazoncognito.com",
    ] {
        let (answer, _) = on_host(&app, host, &head, "");
        assert!(
            answer.contains(&format!("location: /login?{}", query.to_ascii_lowercase())),
            "{host}: {answer}"
        );
    }
    let query = encoded(&changed(&asked(ELSEWHERE), &[("scope", "openid")]));
    let head = format!("GET /oauth2/authorize?{query}");
    for host in [
        "auth.example.com",
        "auth.example.com:443",
        "other.localhost",
    ] {
        let (answer, _) = on_host(&app, host, &head, "");
        assert!(answer.contains("location: /login?"), "{host}: {answer}");
    }
}

#[test]
fn a_host_without_a_domain_has_no_endpoints() {
    let app = start();
    for host in [
        "localhost",
        "127.0.0.1",
        "auth.example.com.evil.test",
        "unknown.localhost",
        "shop",
        "auth.example.com.localhost",
    ] {
        for head in [
            "GET /oauth2/authorize",
            "POST /oauth2/token",
            "GET /oauth2/userInfo",
            "POST /oauth2/revoke",
            "GET /logout",
        ] {
            let (answer, body) = on_host(&app, host, head, "");
            assert!(
                answer.starts_with("http/1.1 404"),
                "{host} {head}: {answer}"
            );
            assert!(body.contains("/_poolhouse/domains/<domain>/"), "{body}");
        }
    }
    for domain in ["unknown", "SHOP", "shop%2F..", ".."] {
        assert_eq!(
            get(&app, &at_domain(&app, domain, "/logout"), None).status,
            404,
            "{domain}"
        );
    }
}

#[test]
fn a_custom_domain_is_reached_below_a_path_too() {
    let app = start();
    let cookie = browser_of(&app, OTHER_POOL, "ana");
    let query = encoded(&changed(&asked(ELSEWHERE), &[("scope", "openid")]));
    for domain in ["auth.example.com", "other"] {
        let url = format!("{}?{query}", at_domain(&app, domain, "/oauth2/authorize"));
        assert!(
            location(&get(&app, &url, None))
                .starts_with(&format!("/_poolhouse/domains/{domain}/login?"))
        );
        assert!(location(&get(&app, &url, Some(&cookie))).starts_with(CALLBACK));
    }
}

/// The tokens of a browser's user over the domain's own host have the issuer of the API beside it.
#[test]
fn tokens_have_the_issuer_of_the_api_whatever_the_domain() {
    let app = start();
    let port = port(&app);
    let cookie = super::browser(&app, "ana");
    let host = format!("shop.localhost:{port}");
    let head = format!("GET /oauth2/authorize?{}", encoded(&asked(WEB)));
    let request = format!(
        "{head} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nCookie: cognito={cookie}\r\n\r\n"
    );
    let answer = app.raw(request.as_bytes());
    let sent = answer
        .lines()
        .find_map(|line| line.strip_prefix("location: "))
        .unwrap();
    let code = parameter(sent, "code");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("client_id", WEB.id),
    ];
    let (_, body) = on_host(&app, &host, "POST /oauth2/token", &encoded(&form));
    let tokens: Value = serde_json::from_str(&body).unwrap();
    let claims = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["iss"], format!("http://localhost:{port}/{POOL}"));
    assert_eq!(claims["iat"], NOW_S);
}

fn document(app: &App, pool: &str) -> Value {
    get(
        app,
        &format!("{}/{pool}/.well-known/openid-configuration", app.url()),
        None,
    )
    .ok()
}

#[test]
fn the_discovery_document_names_the_endpoints_of_the_domain() {
    let app = start();
    let host = app.host();
    let at = format!("http://{host}/_poolhouse/domains/shop");
    let issuer = format!("http://{host}/{POOL}");
    assert_eq!(
        document(&app, POOL),
        json!({
            "authorization_endpoint": format!("{at}/oauth2/authorize"), "end_session_endpoint": format!("{at}/logout"),
            "id_token_signing_alg_values_supported": ["RS256"], "issuer": issuer,
            "jwks_uri": format!("{issuer}/.well-known/jwks.json"), "response_types_supported": ["code", "token"],
            "revocation_endpoint": format!("{at}/oauth2/revoke"), "scopes_supported": ["openid", "email", "phone", "profile"],
            "subject_types_supported": ["public"], "token_endpoint": format!("{at}/oauth2/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "userinfo_endpoint": format!("{at}/oauth2/userInfo"),
        })
    );
    // With both kinds of domain, only the custom one is named.
    let told = document(&app, OTHER_POOL);
    let at = format!("http://{host}/_poolhouse/domains/auth.example.com/oauth2/token");
    assert_eq!(told["token_endpoint"], at);
}

#[test]
fn behind_a_proxy_the_document_names_the_proxys_address() {
    let mut pool = Pool::new(POOL).into_seed();
    pool["Domains"] = json!([{"Domain": "shop"}]);
    let setup = crate::world::Setup::new().seeded(json!({"UserPools": [pool]}));
    let app = setup.with("issuer", "https://id.example.com/auth").start();
    let told = document(&app, POOL);
    let token = "https://id.example.com/auth/_poolhouse/domains/shop/oauth2/token";
    assert_eq!(told["token_endpoint"], token);
}
