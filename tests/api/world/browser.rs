//! A browser without a window: it keeps cookies, follows links and posts forms.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::answer::Answer;
use super::client::Client;

/// A browser.
pub(crate) struct Browser<'a> {
    client: &'a Client,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// A page, or a redirect.
pub(crate) struct Page {
    pub(crate) answer: Answer,
    /// The path of the page.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self {
            client,
            cookies: RefCell::default(),
        }
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// Opens a page.
    pub(crate) fn open(&self, path: &str) -> Page {
        let request = http::Request::get(format!("{}{path}", self.client.url));
        self.send(path, request, Vec::new())
    }

    /// Posts the form of a page: its hidden fields and these. No answer to a form is told before the button is pressed, so that the
    /// last fields win.
    pub(crate) fn post(&self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let mut form = page.hidden();
        for (name, value) in fields {
            form.retain(|(known, _)| known != name);
            form.push(((*name).to_owned(), (*value).to_owned()));
        }
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let path = page.next(&page.action());
        let request = http::Request::post(format!("{}{path}", self.client.url))
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(&path, request, body.into_bytes())
    }

    fn send(&self, path: &str, request: http::request::Builder, body: Vec<u8>) -> Page {
        let cookies = self.cookies.borrow().clone();
        let cookies: Vec<String> = { cookies.iter() }
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request.header("cookie", cookies.join("; "));
        let answer = self.client.send(request.body(body).unwrap());
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (pair, _) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut kept = self.cookies.borrow_mut();
            kept.insert(name.to_owned(), value.to_owned());
        }
        Page {
            text: String::from_utf8(answer.body.clone()).unwrap(),
            path: path.to_owned(),
            answer,
        }
    }
}

impl Page {
    /// The text of the heading.
    #[track_caller]
    pub(crate) fn heading(&self) -> String {
        between(&self.text, "<h1", "</h1>")
            .and_then(|heading| heading.split_once('>'))
            .map_or_else(
                || panic!("{} {}", self.answer.status, self.text),
                |(_, text)| unescaped(text),
            )
    }

    /// What the page says about a form that was refused; empty if it says nothing.
    pub(crate) fn alert(&self) -> String {
        let alert = between(&self.text, "role=\"alert\"", "</p>");
        let alert = alert.and_then(|alert| alert.split_once('>'));
        alert.map_or(String::new(), |(_, text)| unescaped(text))
    }

    /// What the page says has been done; empty if it says nothing.
    pub(crate) fn notice(&self) -> String {
        between(&self.text, "role=\"status\">", "</p>").map_or(String::new(), unescaped)
    }

    /// The address of the form.
    pub(crate) fn action(&self) -> String {
        between(&self.text, "action=\"", "\"")
            .map(unescaped)
            .unwrap()
    }

    /// The hidden fields of the form.
    pub(crate) fn hidden(&self) -> Vec<(String, String)> {
        let inputs = self.text.split("<input type=\"hidden\"").skip(1);
        let fields = inputs.map(|input| {
            let value = |name: &str| {
                unescaped(between(input, &format!("{name}=\""), "\"").unwrap_or_default())
            };
            (value("name"), value("value"))
        });
        fields.collect()
    }

    /// Where a redirect leads.
    #[track_caller]
    pub(crate) fn location(&self) -> String {
        assert_eq!(self.answer.status, 302, "{}", self.text);
        self.answer.header("location").to_owned()
    }

    /// The code in the address of the app that a redirect leads to.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        let location = self.location();
        let code = location.split_once("?code=").map(|(_, rest)| rest);
        let code = code.unwrap_or_else(|| panic!("{location}"));
        code.split('&').next().unwrap().to_owned()
    }

    /// The path of a relative address on this page.
    pub(crate) fn next(&self, address: &str) -> String {
        let (directory, _) = self
            .path
            .split('?')
            .next()
            .unwrap()
            .rsplit_once('/')
            .unwrap();
        format!("{directory}/{address}")
    }

    /// The path that the link with this text leads to. Returns `None` if there is no such link.
    pub(crate) fn link(&self, text: &str) -> Option<String> {
        let links = self.text.split("<a ").skip(1);
        let mut links = links.filter_map(|link| {
            let address = between(link, "href=\"", "\"")?;
            let (_, said) = link.split_once('>')?;
            said.starts_with(text).then(|| unescaped(address))
        });
        links.next().map(|address| self.next(&address))
    }
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

/// The text of a piece of HTML.
fn unescaped(text: &str) -> String {
    [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (escape, char)| {
        text.replace(escape, char)
    })
}
