//! Signing in by a password.

use serde_json::json;

use super::{Browser, CALLBACK, app_settings, at, login_page, pool, setup, sign_in, start};
use crate::world::{AppClient, DISCREET, PASSWORD, POOL, Pool, User, WEB, WITH_SECRET};

#[test]
fn the_right_password_leads_back_to_the_app_with_a_code_and_the_browser_is_known_afterwards() {
    let app = start();
    let browser = Browser::new(&app);
    let page = login_page(&browser);
    assert_eq!(
        (page.answer.status, page.heading()),
        (200, "Sign in".to_owned())
    );
    let page = browser.post(&page, &[("username", "ana"), ("password", PASSWORD)]);
    let location = page.location();
    assert!(
        location.starts_with(&format!("{CALLBACK}?code=")),
        "{location}"
    );
    assert!(location.ends_with("&state=s"), "{location}");
    assert!(browser.cookie("cognito").is_some());
    let again = browser.open(&at("oauth2/authorize", WEB.id, &[]));
    assert!(again.location().starts_with(&format!("{CALLBACK}?code=")));
}

#[test]
fn the_code_gives_tokens_and_no_device_even_where_the_pool_tracks_them() {
    let app = setup(pool().tracking(false)).start();
    let browser = Browser::new(&app);
    let code = sign_in(&browser, "ana@example.com", PASSWORD);
    assert_eq!(
        code.alert(),
        "User does not exist.",
        "the pool has no aliases"
    );
    let code = sign_in(&browser, "ana", PASSWORD).code();
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("client_id", WEB.id)
        .append_pair("redirect_uri", CALLBACK)
        .append_pair("code", &code)
        .finish();
    let token = format!("{}/_poolhouse/domains/people/oauth2/token", app.url());
    let request = http::Request::post(token)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.into_bytes())
        .unwrap();
    assert!(app.send(request).ok()["access_token"].is_string());
    let devices = json!({"UserPoolId": POOL, "Username": "ana"});
    assert_eq!(
        app.call("AdminListDevices", &devices).ok()["Devices"],
        json!([])
    );
}

#[test]
fn each_password_on_the_page_is_a_step_of_a_sign_in_that_metrics_count() {
    let app = start();
    let browser = Browser::new(&app);
    sign_in(&browser, "ana", "Wrong-Password-1");
    sign_in(&browser, "ana", PASSWORD).code();
    for result in ["NotAuthorizedException", "ok"] {
        let series = format!(
            "poolhouse_sign_in_steps_total{{step=\"USER_PASSWORD_AUTH\",result=\"{result}\"}}"
        );
        assert_eq!(app.counted(&series), Some(1), "{result}");
    }
}

#[test]
fn neither_the_flows_of_the_client_nor_its_secret_count_on_the_pages() {
    let app = start();
    for client in [WEB, WITH_SECRET, DISCREET] {
        let browser = Browser::new(&app);
        let page = browser.open(&at("login", client.id, &[]));
        let page = browser.post(&page, &[("username", "ana"), ("password", PASSWORD)]);
        page.code();
    }
}

#[test]
fn a_wrong_password_stays_on_the_page_with_the_name_and_counts_towards_the_lockout() {
    let app = start();
    let browser = Browser::new(&app);
    for _ in 0..5 {
        let page = sign_in(&browser, "ana", "wrong");
        assert_eq!(page.answer.status, 400);
        assert_eq!(page.alert(), "Incorrect username or password.");
        assert!(
            page.text
                .contains(r#"name="username" type="text" value="ana""#)
        );
        assert!(page.text.contains(r#"aria-describedby="message""#));
        assert!(page.text.contains("<title>Error: Sign in</title>"));
    }
    let page = sign_in(&browser, "ana", PASSWORD);
    assert_eq!(page.alert(), "Password attempts exceeded");
    app.seconds_pass(60);
    sign_in(&browser, "ana", PASSWORD).code();
}

#[test]
fn who_exists_is_told_only_where_the_client_tells_it() {
    let app = start();
    let told = |client: AppClient<'_>, name: &str| {
        let browser = Browser::new(&app);
        let page = browser.open(&at("login", client.id, &[]));
        let page = browser.post(&page, &[("username", name), ("password", "wrong")]);
        // All that differs from one page to the next.
        let hidden = page.hidden();
        let text = hidden.iter().fold(page.text.clone(), |text, (_, value)| {
            text.replace(value, "")
        });
        (page.answer.status, page.alert(), text.replace(name, ""))
    };
    assert_eq!(told(WEB, "nobody").1, "User does not exist.");
    assert_eq!(told(DISCREET, "nobody"), told(DISCREET, "ana"));
}

#[test]
fn the_label_of_the_name_says_what_users_sign_in_with() {
    for (settings, label) in [
        (json!({}), "Username"),
        (
            json!({"AliasAttributes": ["email"]}),
            "Username or email address",
        ),
        (
            json!({"AliasAttributes": ["email", "phone_number"]}),
            "Username, email address or phone number",
        ),
        (json!({"UsernameAttributes": ["email"]}), "Email address"),
        (
            json!({"UsernameAttributes": ["phone_number", "email"]}),
            "Email address or phone number",
        ),
    ] {
        let mut seed = Pool::new(POOL)
            .with(settings)
            .client_with(WEB, app_settings())
            .into_seed();
        seed["Domains"] = json!([{"Domain": "people", "ManagedLoginVersion": 1}]);
        let app = crate::world::Setup::new()
            .seeded(json!({"UserPools": [seed]}))
            .start();
        let page = login_page(&Browser::new(&app));
        let labelled = format!(r#"for="signInFormUsername">{label}</label>"#);
        assert!(page.text.contains(&labelled), "{label}: {}", page.text);
    }
}

#[test]
fn login_hint_fills_the_name_and_lang_chooses_the_language() {
    let app = start();
    let browser = Browser::new(&app);
    let page = browser.open(&at(
        "login",
        WEB.id,
        &[("login_hint", "ana"), ("lang", "de")],
    ));
    assert!(page.text.contains(r#"value="ana""#));
    assert_eq!(page.heading(), "Anmelden");
    let page = browser.open(&at("login", WEB.id, &[]));
    assert_eq!(page.heading(), "Anmelden", "the cookie keeps it");
    let page = browser.post(&page, &[("username", "ana"), ("password", "wrong")]);
    assert_eq!(page.alert(), "Benutzername oder Passwort ist falsch.");
}

#[test]
fn what_the_pool_does_not_offer_has_no_link() {
    let closed = json!({
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]},
    });
    for (pool, shown) in [(pool(), true), (pool().with(closed), false)] {
        let app = setup(pool).start();
        let page = login_page(&Browser::new(&app));
        assert_eq!(page.link("Forgot your password?").is_some(), shown);
        assert_eq!(page.link("Create an account").is_some(), shown);
    }
}

#[test]
fn a_disabled_user_and_one_without_confirmation_are_told_so() {
    let gone = User::new("gone")
        .password(PASSWORD)
        .with(json!({"Enabled": false}));
    let app = setup(pool().user(gone)).start();
    let browser = Browser::new(&app);
    assert_eq!(
        sign_in(&browser, "gone", PASSWORD).alert(),
        "User is disabled."
    );
}

#[test]
fn a_request_with_a_mistake_gets_no_form() {
    let app = start();
    let browser = Browser::new(&app);
    for (query, location) in [
        (
            "client_id=nobody&response_type=code&redirect_uri=x",
            "error?error=Client+does+not+exist",
        ),
        (
            &format!(
                "client_id={}&response_type=code&redirect_uri=https://evil.test",
                WEB.id
            ),
            "error?error=redirect_mismatch",
        ),
    ] {
        for page in [
            "login",
            "signup",
            "forgotPassword",
            "confirm",
            "confirmforgotPassword",
        ] {
            let page = browser.open(&format!("/_poolhouse/domains/people/{page}?{query}"));
            assert!(page.location().contains(location), "{}", page.location());
        }
    }
}

#[test]
fn the_error_page_says_known_words_only() {
    let app = start();
    let browser = Browser::new(&app);
    let page = browser.open("/_poolhouse/domains/people/error?error=redirect_mismatch&client_id=x");
    assert_eq!(page.answer.status, 400);
    assert_eq!(
        page.heading(),
        "An error was encountered with the requested page."
    );
    assert!(page.text.contains("<code>redirect_mismatch</code>"));
    let page = browser.open("/_poolhouse/domains/people/error?error=Call+555-0100");
    assert_eq!(page.answer.status, 400);
    assert!(!page.text.contains("555-0100"));
    let page = browser.open("/_poolhouse/domains/people/nowhere");
    assert_eq!(
        (page.answer.status, page.heading()),
        (404, "There is no such page.".to_owned())
    );
    let page = browser.open("/_poolhouse/domains/nobodys/login");
    assert_eq!(page.answer.status, 400);
    assert!(page.heading().starts_with("No user pool has this domain."));
}
