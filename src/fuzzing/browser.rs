//! A browser at the pages of the world's domains.

use form_urlencoded::byte_serialize;

use super::world::World;
use crate::http::in_process::{Answer, Request};

/// The cookie that the fields `_csrf` of forms belong to. Any UUID is one.
const COOKIE: &[u8] = b"XSRF-TOKEN=00000000-0000-4000-8000-000000000000";

/// The hidden fields of forms, and what stands for them in a line.
const HIDDEN: [(&str, &str); 2] = [("_csrf", "{csrf}"), ("state", "{state}")];

/// The most visits of one browser.
const MAX_VISITS: usize = 16;

pub(super) struct Browser<'w> {
    world: &'w World,
    /// The values of the hidden fields of the page before, in the order of [`HIDDEN`].
    hidden: [String; 2],
    visits: usize,
}

impl<'w> Browser<'w> {
    pub(super) fn at(world: &'w World) -> Self {
        Self {
            world,
            hidden: [String::new(), String::new()],
            visits: 0,
        }
    }

    /// Opens a page, or posts a form to it. Returns `None` after too many visits, and for a path that is none of HTTP.
    pub(super) fn go(&mut self, line: &str) -> Option<Answer> {
        self.visits += 1;
        if self.visits > MAX_VISITS {
            return None;
        }
        let (path, form) = line.split_once(' ').unwrap_or((line, ""));
        let target = format!("/_poolhouse/domains/{path}");
        let fields = HIDDEN.iter().zip(&self.hidden);
        let body = fields.fold(form.to_owned(), |form, ((_, place), value)| {
            form.replace(place, &byte_serialize(value.as_bytes()).collect::<String>())
        });
        let answer = self.world.answer(&Request {
            method: if form.is_empty() { b"GET" } else { b"POST" },
            target: target.as_bytes(),
            headers: vec![
                (b"host", b"localhost"),
                (b"cookie", COOKIE),
                (b"content-type", b"application/x-www-form-urlencoded"),
            ],
            body: body.as_bytes(),
        })?;
        let page = String::from_utf8_lossy(&answer.body);
        self.hidden = HIDDEN.map(|(name, _)| value_of(&page, name).unwrap_or_default().to_owned());
        Some(answer)
    }
}

/// The value of a hidden field of a page.
fn value_of<'p>(page: &'p str, name: &str) -> Option<&'p str> {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&start)?;
    Some(rest.split_once('"')?.0)
}
