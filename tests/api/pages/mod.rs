//! The pages for people.

mod languages;

use super::world::{Answer, App};

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
