//! How pages look: the style of managed login, the customization of the classic pages, and links to terms.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Browser, Page, at, pool, setup, sign_in};
use crate::world::{Answer, App, DISCREET, PASSWORD, POOL, WEB, merge};

/// An image that would run a script and fetch something from elsewhere.
const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><image href="https://evil.test/x"/></svg>"#;

/// A server whose domain has managed login.
fn managed() -> App {
    let app = setup(pool()).start();
    let domain = json!({"UserPoolId": POOL, "Domain": "people", "ManagedLoginVersion": 2});
    app.call("UpdateUserPoolDomain", &domain).ok();
    app
}

/// Calls an operation for the client of most tests.
fn call(app: &App, operation: &str, more: Value) -> Answer {
    let mut input = json!({"UserPoolId": POOL, "ClientId": WEB.id});
    merge(&mut input, more);
    app.call(operation, &input)
}

fn style(app: &App, more: Value) {
    call(app, "CreateManagedLoginBranding", more).ok();
}

fn asset(category: &str, mode: &str, extension: &str, bytes: &str) -> Value {
    json!({"Category": category, "ColorMode": mode, "Extension": extension, "Bytes": STANDARD.encode(bytes)})
}

fn open(browser: &Browser<'_>, page: &str) -> Page {
    browser.open(&at(page, WEB.id, &[]))
}

/// The path that this text of the page names after `start`.
#[track_caller]
fn linked(text: &str, page: &Page, start: &str) -> String {
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("{start}: {text}"));
    page.next(rest.split('"').next().unwrap())
}

/// The path of the style sheet that the page has beside that of all pages.
#[track_caller]
fn own_sheet(page: &Page) -> String {
    let (_, rest) = page.text.split_once("<link rel=\"stylesheet\"").unwrap();
    linked(rest, page, "<link rel=\"stylesheet\" href=\"")
}

#[test]
fn a_style_gives_the_pages_of_its_client_a_sheet_and_leaves_their_policy_as_it_is() {
    let app = managed();
    let back = json!({"lightMode": {"color": "112233ff"}, "darkMode": {"color": "445566ff"}});
    style(
        &app,
        json!({"Settings": {"components": {"pageBackground": back}}}),
    );
    let browser = Browser::new(&app);
    for name in ["login", "signup", "forgotPassword"] {
        let page = open(&browser, name);
        let policy = page.answer.header("content-security-policy");
        let strict = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none';";
        assert!(policy.starts_with(strict), "{policy}");
        let sheet = browser.open(&own_sheet(&page));
        assert_eq!(
            sheet.answer.header("content-type"),
            "text/css; charset=utf-8"
        );
        assert!(
            sheet
                .text
                .contains("--back:light-dark(#112233ff,#445566ff);")
        );
        assert!(
            sheet
                .text
                .contains("--card:light-dark(#ffffffff,#0f1b2aff);")
        );
    }
    sign_in(&browser, "ana", PASSWORD).code();
}

#[test]
fn images_of_a_style_are_served_for_ever_and_can_do_nothing() {
    let app = managed();
    let shown = json!({"components": {"form": {"logo": {"enabled": true}}}});
    let assets = [
        asset("FORM_LOGO", "LIGHT", "SVG", SVG),
        asset("FORM_LOGO", "DARK", "PNG", "dark"),
        asset("FAVICON_ICO", "DYNAMIC", "ICO", "icon"),
    ];
    style(&app, json!({"Settings": shown, "Assets": assets}));
    let browser = Browser::new(&app);
    let page = open(&browser, "login");
    let sheet = browser.open(&own_sheet(&page));
    let (_, image) = sheet.text.split_once("url(../").unwrap();
    let (image, _) = image.split_once(')').unwrap();
    let (assets, _) = sheet.path.split_once("CSS/").unwrap();
    for (path, media_type, bytes) in [
        (format!("{assets}{image}"), "image/svg+xml", SVG),
        (
            format!("{assets}images/FORM_LOGO.DARK"),
            "image/png",
            "dark",
        ),
        (
            format!("{assets}images/favicon"),
            "image/vnd.microsoft.icon",
            "icon",
        ),
    ] {
        let found = browser.open(&path);
        assert_eq!(
            (found.answer.header("content-type"), found.text.as_str()),
            (media_type, bytes)
        );
        assert_eq!(
            found.answer.header("content-security-policy"),
            "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        );
        assert_eq!(found.answer.header("x-content-type-options"), "nosniff");
        assert_eq!(
            found.answer.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
    }
    for path in [
        "images/FORM_LOGO.DYNAMIC",
        "images/x",
        "CSS/custom-css.css",
        "x/y",
    ] {
        assert_eq!(
            browser.open(&format!("{assets}{path}")).answer.status,
            404,
            "{path}"
        );
    }
}

#[test]
fn a_style_without_an_icon_has_that_of_poolhouse() {
    let app = managed();
    let icon = || {
        let browser = Browser::new(&app);
        let page = open(&browser, "login");
        let (_, link) = page.text.split_once("<link rel=\"icon\" href=\"").unwrap();
        let (path, _) = link.split_once('"').unwrap();
        let found = browser.open(&page.next(path));
        assert_eq!(found.answer.status, 200, "{path}");
        let media_type = found.answer.header("content-type").to_owned();
        (media_type, found.text)
    };
    style(&app, json!({"UseCognitoProvidedValues": true}));
    let (media_type, text) = icon();
    assert_eq!(media_type, "image/svg+xml");
    assert!(text.starts_with("<svg "), "{text}");
}

#[test]
fn what_is_changed_gets_another_address() {
    let app = managed();
    style(&app, json!({"UseCognitoProvidedValues": true}));
    let browser = Browser::new(&app);
    let before = own_sheet(&open(&browser, "login"));
    app.seconds_pass(1);
    let found = call(&app, "DescribeManagedLoginBrandingByClient", json!({})).ok();
    let id = &found["ManagedLoginBranding"]["ManagedLoginBrandingId"];
    let change = json!({"UserPoolId": POOL, "ManagedLoginBrandingId": id, "Settings": {}});
    app.call("UpdateManagedLoginBranding", &change).ok();
    let after = own_sheet(&open(&browser, "login"));
    assert_ne!(before, after);
    assert_eq!(browser.open(&before).answer.status, 404);
    assert_eq!(browser.open(&after).answer.status, 200);
}

#[test]
fn a_client_without_a_style_has_no_pages_of_managed_login() {
    let app = managed();
    let browser = Browser::new(&app);
    let asked = browser.open(&at("oauth2/authorize", WEB.id, &[]));
    assert!(asked.location().contains("/people/login?"));
    for name in ["login", "signup", "forgotPassword"] {
        let page = open(&browser, name);
        assert_eq!(
            (page.answer.status, page.heading().as_str()),
            (
                403,
                "Login pages unavailable. Please contact an administrator."
            )
        );
        assert!(!page.text.contains("<form"));
    }
    let german = browser.open(&at("login", WEB.id, &[("lang", "de")]));
    assert!(german.heading().starts_with("Die Anmeldeseiten sind nicht"));
    style(&app, json!({"UseCognitoProvidedValues": true}));
    assert_eq!(open(&browser, "login").answer.status, 200);
    let other = browser.open(&at("login", DISCREET.id, &[]));
    assert_eq!(other.answer.status, 403, "the style is one client's");
}

#[test]
fn a_customization_gives_the_classic_pages_its_style_sheet_and_logo() {
    const CSS: &str = ".banner-customizable { background: url(https://evil.test/x) }";
    let app = setup(pool()).start();
    let browser = Browser::new(&app);
    let plain = open(&browser, "login");
    assert!(!plain.text.contains("banner-customizable"));
    let logo = b"\x89PNG\r\n\x1a\n and more";
    let image = STANDARD.encode(logo);
    let set = json!({"UserPoolId": POOL, "CSS": CSS, "ImageFile": image});
    let set = app.call("SetUICustomization", &set).ok();
    let page = open(&browser, "login");
    let sheet = browser.open(&own_sheet(&page));
    assert_eq!(
        (sheet.answer.header("content-type"), sheet.text.as_str()),
        ("text/css; charset=utf-8", CSS)
    );
    let policy = page.answer.header("content-security-policy");
    assert!(
        policy.contains("img-src 'self' data:;"),
        "nothing is fetched from elsewhere"
    );
    let shown = linked(&page.text, &page, "<img class=\"logo-customizable\" src=\"");
    let told = set["UICustomization"]["ImageUrl"].as_str().unwrap();
    let (_, path) = told.split_once("amazoncognito.com/").unwrap();
    assert!(shown.contains(path), "{shown} {told}");
    let request = http::Request::get(format!("{}{shown}", app.url()));
    let answer = app.send(request.body(Vec::new()).unwrap());
    assert_eq!(
        (answer.header("content-type"), &answer.body[..]),
        ("image/png", &logo[..])
    );
}

#[test]
fn a_clients_own_customization_has_nothing_of_the_pools() {
    const CSS: &str = ".label-customizable { color: #123456 }";
    let app = setup(pool()).start();
    let image = STANDARD.encode(b"\xff\xd8\xff\xe0");
    let of_pool = json!({"UserPoolId": POOL, "ImageFile": image});
    app.call("SetUICustomization", &of_pool).ok();
    call(&app, "SetUICustomization", json!({"CSS": CSS})).ok();
    let browser = Browser::new(&app);
    let own = open(&browser, "login");
    assert_eq!(browser.open(&own_sheet(&own)).text, CSS);
    assert!(own.text.contains("banner-customizable") && !own.text.contains("logo-customizable"));
    let other = browser.open(&at("login", DISCREET.id, &[]));
    assert!(other.text.contains("src=\"ALL/") && !other.text.contains("href=\"ALL/"));
    sign_in(&browser, "ana", PASSWORD).code();
}

#[test]
fn terms_are_linked_where_people_sign_up_once_there_are_both() {
    let app = managed();
    style(&app, json!({"UseCognitoProvidedValues": true}));
    let browser = Browser::new(&app);
    let create = |name: &str, german: &str| {
        let links = json!({"cognito:default": format!("https://app.test/{name}"), "cognito:german": german});
        let terms = json!({"TermsName": name, "TermsSource": "LINK", "Enforcement": "NONE", "Links": links});
        call(&app, "CreateTerms", terms).ok();
    };
    create("terms-of-use", "https://app.test/de?a=\"><script>");
    assert!(
        !open(&browser, "signup")
            .text
            .contains("app.test/terms-of-use")
    );
    create("privacy-policy", "https://app.test/datenschutz");
    let page = open(&browser, "signup");
    let told = "By signing up, you agree to our <a href=\"https://app.test/terms-of-use\">Terms of use</a> and \
                <a href=\"https://app.test/privacy-policy\">Privacy policy</a>.";
    assert!(page.text.contains(told), "{}", page.text);
    let german = browser.open(&at("signup", WEB.id, &[("lang", "de")]));
    assert!(
        german
            .text
            .contains("href=\"https://app.test/datenschutz\"")
    );
    assert!(!german.text.contains("<script"));
    let japanese = browser.open(&at("signup", WEB.id, &[("lang", "ja")]));
    assert!(
        japanese
            .text
            .contains("href=\"https://app.test/terms-of-use\"")
    );
    assert!(!open(&browser, "login").text.contains("app.test/"));
}
