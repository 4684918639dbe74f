//! The pages for people, as a browser uses them.

mod attacks;
mod challenges;
mod languages;
mod login;
mod look;
mod recovery;
mod restored;
mod sign_up;

use serde_json::{Value, json};

use super::world::{
    Answer, App, Browser, DISCREET, PASSWORD, Page, Pool, Setup, User, WEB, WITH_SECRET,
    hides_users, merge,
};

/// The address of the app.
const CALLBACK: &str = "http://localhost:3000/callback";

/// The settings of a client that people sign in to.
fn app_settings() -> Value {
    json!({
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email"], "CallbackURLs": [CALLBACK], "LogoutURLs": ["https://app.test/bye"],
        "SupportedIdentityProviders": ["COGNITO"], "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
    })
}

/// A pool with a domain, the clients, and `ana`, who has a password.
fn setup(pool: Pool) -> Setup {
    let mut hiding = app_settings();
    merge(&mut hiding, hides_users());
    let ana = User::new("ana")
        .password(PASSWORD)
        .verified_email("ana@example.com");
    let pool = pool
        .client_with(WEB, app_settings())
        .client_with(WITH_SECRET, app_settings())
        .client_with(DISCREET, hiding)
        .user(ana);
    let mut seed = pool.into_seed();
    seed["Domains"] = json!([{"Domain": "people", "ManagedLoginVersion": 1}]);
    Setup::new().seeded(json!({"UserPools": [seed]}))
}

fn pool() -> Pool {
    Pool::new(WEB.pool).with(json!({"AutoVerifiedAttributes": ["email"]}))
}

fn start() -> App {
    setup(pool()).start()
}

/// The address of a page for a client.
fn at(page: &str, client: &str, more: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", client)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", CALLBACK)
        .extend_pairs(more)
        .finish();
    format!("/_poolhouse/domains/people/{page}?{query}")
}

/// The page to sign in to the client of most tests.
fn login_page(browser: &Browser<'_>) -> Page {
    browser.open(&at("login", WEB.id, &[("state", "s")]))
}

/// Signs in by a password.
fn sign_in(browser: &Browser<'_>, name: &str, password: &str) -> Page {
    let page = login_page(browser);
    browser.post(&page, &[("username", name), ("password", password)])
}

/// The messages in the outbox, the newest last.
fn messages(app: &App) -> Vec<Value> {
    let shown = app.get_signed("/_poolhouse/outbox").ok();
    shown["Messages"].as_array().unwrap().clone()
}

/// The code of the newest message.
fn last_code(app: &App) -> String {
    let messages = messages(app);
    let code = messages.last().unwrap()["Code"].as_str();
    code.unwrap().to_owned()
}

/// Gets a page as a browser does, with these headers.
fn get(app: &App, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = http::Request::get(format!("{}{path}", app.url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Vec::new()).unwrap())
}

/// The HTML of a page.
fn html(page: &Answer) -> String {
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    String::from_utf8(page.body.clone()).unwrap()
}
