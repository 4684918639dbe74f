//! Which provider a browser is sent to.

use serde_json::json;

use super::{LOCAL, ONLY, Provider, authorize, location, login, page_says, pool, setup, start};
use crate::world::{App, POOL, WEB};

fn goes_to_provider(app: &App, client: crate::world::AppClient<'_>, more: &[(&str, &str)]) -> bool {
    let location = location(&authorize(app, client, more));
    assert!(
        location.starts_with("http://127.0.0.1")
            || location.starts_with("/_poolhouse/domains/shop/login?")
    );
    location.starts_with("http://127.0.0.1")
}

#[test]
fn a_provider_is_named_by_its_name_an_identifier_or_the_domain_of_an_address() {
    let (_provider, app) = start();
    for named in [
        ("identity_provider", "Login"),
        ("idp_identifier", "login"),
        ("idp_identifier", "example.com"),
        ("idp_identifier", "ana@example.com"),
    ] {
        assert!(goes_to_provider(&app, WEB, &[named]), "{named:?}");
    }
    assert!(!goes_to_provider(&app, WEB, &[]));
    assert!(!goes_to_provider(
        &app,
        WEB,
        &[("identity_provider", "COGNITO")]
    ));
    assert!(
        goes_to_provider(&app, ONLY, &[]),
        "it has no other way to sign in"
    );
}

#[test]
fn a_provider_that_the_client_does_not_have_is_told_on_the_error_page() {
    let (_provider, app) = start();
    let unavailable = "Login option is not available. Please try another one";
    for (client, named) in [
        (WEB, ("identity_provider", "login")),
        (WEB, ("identity_provider", "Google")),
        (WEB, ("idp_identifier", "example.org")),
        (LOCAL, ("identity_provider", "Login")),
        (LOCAL, ("idp_identifier", "login")),
        (ONLY, ("identity_provider", "COGNITO")),
    ] {
        let location = location(&authorize(&app, client, &[named]));
        page_says(&location, unavailable);
        let page = super::get(&app, &format!("{}{location}", app.url()), "");
        assert_eq!(page.status, 400);
        assert!(String::from_utf8(page.body).unwrap().contains(unavailable));
    }
    app.call(
        "DeleteIdentityProvider",
        &json!({"UserPoolId": POOL, "ProviderName": "Login"}),
    )
    .done();
    page_says(
        &location(&authorize(&app, WEB, &[("identity_provider", "Login")])),
        unavailable,
    );
}

#[test]
fn saml_is_not_served_and_says_so() {
    let provider = Provider::start();
    let saml = json!({"ProviderName": "Corporate", "ProviderType": "SAML", "ProviderDetails": {"MetadataURL": "https://a.test/"}});
    let app = setup(pool(), &[login(&provider), saml]).start();
    let answer = authorize(&app, WEB, &[("identity_provider", "Corporate")]);
    page_says(
        &location(&answer),
        "Signing in by SAML is not served by this server",
    );
}

#[test]
fn the_page_to_sign_in_leads_to_the_providers_of_the_client() {
    let provider = Provider::start();
    let google = json!({"ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": {
        "client_id": "app", "client_secret": "s", "authorize_scopes": "openid", "oidc_issuer": provider.url}});
    let app = setup(pool(), &[login(&provider), google]).start();
    let page = |client: crate::world::AppClient<'_>| {
        let query = super::encoded(&[
            ("client_id", client.id),
            ("response_type", "code"),
            ("redirect_uri", super::CALLBACK),
            ("identity_provider", "COGNITO"),
        ]);
        let answer = super::get(&app, &format!("{}?{query}", super::at(&app, "/login")), "");
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.body).unwrap()
    };
    let web = page(WEB);
    let href = |name: &str| {
        format!(
            "&#38;redirect_uri=https%3A%2F%2Fapp.test%2Fcallback&#38;identity_provider={name}\""
        )
    };
    assert!(
        web.contains(&href("Login")) && web.contains(">Login</a>"),
        "{web}"
    );
    assert!(web.contains(&href("Google")) && web.contains(">Continue with Google</a>"));
    assert!(!web.contains("Corporate") && web.contains("signInFormPassword"));
    let only = page(ONLY);
    assert!(
        only.contains(">Login</a>")
            && !only.contains("signInFormPassword")
            && !only.contains("signup?")
    );
    assert!(!page(LOCAL).contains("idpButton"));
}

#[test]
fn a_client_of_providers_alone_takes_no_password_and_no_new_users() {
    let bert = crate::world::User::new("bert")
        .password(crate::world::PASSWORD)
        .verified_email("bert@example.com");
    let (_provider, app) = super::start_with(pool().user(bert), |_| ());
    let at = |client: crate::world::AppClient<'_>, path: &str| {
        let query = super::encoded(&[
            ("client_id", client.id),
            ("response_type", "code"),
            ("redirect_uri", super::CALLBACK),
        ]);
        format!("{}?{query}", super::at(&app, path))
    };
    let page = super::get(&app, &at(WEB, "/login"), "");
    let cookie = super::cookie(&page, "XSRF-TOKEN").unwrap();
    let text = String::from_utf8(page.body).unwrap();
    let field = text.split("name=\"_csrf\" value=\"").nth(1).unwrap();
    let field = field.split('"').next().unwrap();
    let send = |client, path, username| {
        let form = [
            ("_csrf", field),
            ("username", username),
            ("password", crate::world::PASSWORD),
        ];
        let request = http::Request::post(at(client, path))
            .header("cookie", format!("XSRF-TOKEN={cookie}"))
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = app.send(request.body(super::encoded(&form).into_bytes()).unwrap());
        (answer.status, String::from_utf8(answer.body).unwrap())
    };
    assert_eq!(send(WEB, "/login", "bert").0, 302);
    for (path, username) in [
        ("/login", "bert"),
        ("/signup", "cleo"),
        ("/forgotPassword", "bert"),
    ] {
        let (status, page) = send(ONLY, path, username);
        assert_eq!(status, 400, "{path}");
        assert!(
            page.contains("Login option is not available."),
            "{path}: {page}"
        );
        assert_ne!(send(WEB, path, username).0, 400, "{path}");
    }
}

#[test]
fn a_session_or_the_login_page_comes_before_the_provider_as_prompt_says() {
    let (_provider, app) = start();
    let named = ("identity_provider", "Login");
    let never = location(&authorize(&app, WEB, &[named, ("prompt", "none")]));
    assert_eq!(
        never,
        "https://app.test/callback?error=login_required&state=state-1"
    );
    let hinted = [
        named,
        ("prompt", "login"),
        ("login_hint", "ana@example.com"),
    ];
    let to = location(&authorize(&app, WEB, &hinted));
    assert_eq!(super::parameter(&to, "prompt").as_deref(), Some("login"));
    assert_eq!(
        super::parameter(&to, "login_hint").as_deref(),
        Some("ana@example.com")
    );
}
