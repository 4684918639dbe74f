//! Secrets on the pages for people: passwords, codes, cookies and what forms carry, in their places and in wrong ones.

use super::kept::Shown;
use super::oauth::DOMAIN;
use super::{CONFIDENTIAL, NEW, PASSWORD, SEEDED, Story, TEMPORARY, WRONG};
use crate::world::{Browser, Client, Page};

/// Somebody who signs up on the pages.
const NEWCOMER: &str = "newcomer";

/// The fields that forms have.
const FIELDS: [&str; 10] = [
    "_csrf",
    "state",
    "username",
    "password",
    "new_password",
    "repeat_password",
    "code",
    "answer",
    "destination",
    "requiredAttributes[email]",
];

/// The address of a page for the client, with these parameters besides.
fn at(page: &str, more: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", CONFIDENTIAL.id)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", "https://app.test/callback")
        .extend_pairs(more)
        .finish();
    format!("{DOMAIN}/{page}?{query}")
}

impl Story<'_> {
    /// People at the pages.
    pub(super) fn pages(&mut self) {
        let client = Client::of(self.url);
        let browser = Browser::new(&client);
        self.sign_in_on_pages(&browser);
        self.sign_up_on_pages(&browser);
        self.reset_on_pages(&browser);
        self.misplace_on_pages(&browser);
        for (what, name) in [("a cookie of forms", "XSRF-TOKEN"), ("a cookie", "cognito")] {
            let value = browser.cookie(name).unwrap();
            self.secrets.keep(what, &value, Shown::Nowhere);
        }
    }

    /// Posts the form of a page, and keeps the secrets of its hidden fields.
    fn post(&mut self, browser: &Browser<'_>, page: &Page, fields: &[(&str, &str)]) -> Page {
        for (name, value) in page.hidden() {
            let what = if name == "_csrf" {
                "a field against forgery"
            } else {
                "a form's sealed state"
            };
            self.secrets.keep(what, &value, Shown::Nowhere);
        }
        browser.post(page, fields)
    }

    fn sign_in_on_pages(&mut self, browser: &Browser<'_>) {
        let page = browser.open(&at("login", &[]));
        let typed = |password| [("username", "seeded"), ("password", password)];
        let page = self.post(browser, &page, &typed(WRONG));
        assert_eq!(page.alert(), "Incorrect username or password.");
        let code = self.post(browser, &page, &typed(SEEDED)).code();
        let what = "an authorization code";
        self.secrets.keep(what, &code, Shown::Nowhere);
        let again = browser.open(&at("oauth2/authorize", &[])).code();
        self.secrets.keep(what, &again, Shown::Nowhere);
    }

    fn sign_up_on_pages(&mut self, browser: &Browser<'_>) {
        let page = browser.open(&at("signup", &[]));
        let typed = [
            ("username", NEWCOMER),
            ("requiredAttributes[email]", "newcomer@example.com"),
            ("password", PASSWORD),
        ];
        let page = self.post(browser, &page, &typed);
        let code = self.code();
        let page = self.post(browser, &page, &[("code", "000000")]);
        assert_eq!(page.answer.status, 400, "{}", page.text);
        let page = self.post(browser, &page, &[("code", &code)]);
        assert_ne!(page.notice(), "", "{}", page.text);
    }

    fn reset_on_pages(&mut self, browser: &Browser<'_>) {
        let page = browser.open(&at("forgotPassword", &[]));
        let page = self.post(browser, &page, &[("username", NEWCOMER)]);
        let code = self.code();
        let typed = |code, repeated| {
            [
                ("code", code),
                ("new_password", NEW),
                ("repeat_password", repeated),
            ]
        };
        let page = self.post(browser, &page, &typed(&code, TEMPORARY));
        assert_eq!(page.answer.status, 400, "{}", page.text);
        let page = self.post(browser, &page, &typed(&code, NEW));
        assert_ne!(page.notice(), "", "{}", page.text);
    }

    /// Secrets in every field of every form, and in every parameter.
    fn misplace_on_pages(&mut self, browser: &Browser<'_>) {
        for name in [
            "login",
            "signup",
            "forgotPassword",
            "confirm",
            "confirmforgotPassword",
        ] {
            for field in FIELDS {
                let page = browser.open(&at(name, &[]));
                let form = if page.answer.status == 200 {
                    page
                } else {
                    browser.open(&page.location())
                };
                browser.post(&form, &[(field, PASSWORD)]);
                self.misplaced += 1;
            }
            for parameter in ["login_hint", "lang", "state", "nonce", PASSWORD] {
                browser.open(&at(name, &[(parameter, PASSWORD)]));
                self.misplaced += 1;
            }
        }
        let assets = format!("{DOMAIN}/{WRONG}/{WRONG}/assets/images/{WRONG}");
        browser.open(&assets);
    }
}
