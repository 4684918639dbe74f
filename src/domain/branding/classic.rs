//! The customization of the classic pages: a logo, and a style sheet for their classes (AWS's guide "Customizing hosted UI (classic)
//! branding").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::api::UICustomizationType;
use crate::domain::document::{Body, Document};
use crate::domain::pool::Pool;
use crate::domain::user_pool_domain::{DomainKind, UserPoolDomain, version};
use crate::error::{ApiError, Result};
use crate::ids::ClientId;

/// What stands for all clients of a pool in place of a client's id.
pub(crate) const ALL: &str = "ALL";

/// Where the logo is, below the assets of a version.
pub(crate) const LOGO: &str = "images/image.jpg";

/// The most bytes of a style sheet.
const MAX_CSS: usize = 3 * 1024;

/// The most bytes of a logo.
const MAX_LOGO: usize = 100 * 1024;

/// What files of the two formats of a logo begin with, and their media types.
const LOGO_FORMATS: [(&[u8], &str); 2] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
];

/// The classes that a style sheet may name, without `-customizable` at the end.
const CLASSES: [&str; 16] = [
    "background",
    "banner",
    "errorMessage",
    "idpButton",
    "idpDescription",
    "inputField",
    "label",
    "legalText",
    "logo",
    "passwordCheck-notValid",
    "passwordCheck-valid",
    "redirect",
    "socialButton",
    "submitButton",
    "textDescription",
    "textLink",
];

/// The states that a class may be in.
const STATES: [&str; 4] = ["active", "focus", "hover", "placeholder"];

/// The customization of a client, or of all clients of a pool that have none of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Customization {
    #[serde(rename = "CSS")]
    pub(crate) css: Option<String>,
    /// The logo, a PNG or a JPEG in base64.
    pub(crate) image_file: Option<String>,
}

impl Body for Customization {
    const KIND: &'static str = "UICustomization";
}

impl Customization {
    /// Checks the size and the form of both parts.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn check(&self) -> Result<()> {
        if let Some(css) = &self.css {
            if css.len() > MAX_CSS {
                return Err(ApiError::large_ui_customization());
            }
            check_css(css)?;
        }
        let Some(image) = self.logo() else {
            return Ok(());
        };
        if image.len() > MAX_LOGO {
            Err(ApiError::large_ui_customization())
        } else if media_type(&image).is_none() {
            Err(ApiError::bad_logo())
        } else {
            Ok(())
        }
    }

    /// The logo. Returns `None` if there is none; what is not base64 is an empty logo.
    pub(crate) fn logo(&self) -> Option<Vec<u8>> {
        let image = self.image_file.as_ref()?;
        Some(STANDARD.decode(image).unwrap_or_default())
    }
}

/// The media type of a logo. Returns `None` if it is of another format.
pub(crate) fn media_type(logo: &[u8]) -> Option<&'static str> {
    let mut formats = LOGO_FORMATS.into_iter();
    let format = formats.find(|(begin, _)| logo.starts_with(begin))?;
    Some(format.1)
}

/// Checks that a style sheet has rules for the classes of the pages alone, and none of `@import`, `@supports`, `@page`, `@media`.
fn check_css(css: &str) -> Result<()> {
    let css = plain(css)?;
    if let Some(at) = css.find('@') {
        let rest = css.get(at..).unwrap_or_default();
        let rule = rest.split_whitespace().next().unwrap_or_default();
        return Err(ApiError::bad_css(rule));
    }
    let (rules, rest) = css.rsplit_once('}').unwrap_or(("", &css));
    if !rest.trim().is_empty() {
        return Err(ApiError::bad_css(rest.trim()));
    }
    for rule in rules.split('}').filter(|rule| !rule.trim().is_empty()) {
        let Some((selectors, declarations)) = rule.split_once('{') else {
            return Err(ApiError::bad_css(rule.trim()));
        };
        if declarations.contains(['{', '<']) {
            return Err(ApiError::bad_css(declarations.trim()));
        }
        let mut parts = selectors.split(',').flat_map(str::split_whitespace);
        if let Some(other) = parts.find(|part| !is_customizable(part)) {
            return Err(ApiError::bad_css(other));
        }
    }
    Ok(())
}

/// Whether the text is the selector of a class of the pages, in whatever state.
fn is_customizable(selector: &str) -> bool {
    let mut parts = selector.split(':').filter(|part| !part.is_empty());
    let class = parts.next().and_then(|class| class.strip_prefix('.'));
    let class = class.and_then(|class| class.strip_suffix("-customizable"));
    class.is_some_and(|class| CLASSES.contains(&class))
        && parts.all(|state| STATES.contains(&state))
}

/// Stands for what belongs to no grammar.
const HIDDEN: char = char::REPLACEMENT_CHARACTER;

/// The style sheet with a space for each comment, and with [`HIDDEN`] for each character of strings, addresses and escapes, so that
/// none of them is taken for one of the grammar (CSS Syntax Module Level 3 section 4.3). `<` stays wherever it stands.
///
/// # Errors
/// `InvalidParameterException` when a string or an address has no end, and of a function whose name has an escape, since it may be
/// `url`.
fn plain(css: &str) -> Result<String> {
    let mut plain = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
            plain.push(' ');
            continue;
        }
        let bad = || ApiError::bad_css(rest.trim());
        let name = last_name(&plain);
        let hidden = match first {
            '\\' => Some(1 + rest.chars().nth(1).map_or(0, char::len_utf8)),
            '"' | '\'' => Some(string_length(rest).ok_or_else(bad)?),
            '(' if name.contains(HIDDEN) => return Err(bad()),
            '(' if name.eq_ignore_ascii_case("url") && !has_string(rest) => {
                Some(end_of(rest, ')').ok_or_else(bad)?)
            }
            _ => None,
        };
        let (token, after) = rest.split_at(hidden.unwrap_or(first.len_utf8()));
        if hidden.is_some() {
            plain.extend(
                token
                    .chars()
                    .map(|char| if char == '<' { char } else { HIDDEN }),
            );
        } else {
            plain.push_str(token);
        }
        rest = after;
    }
    Ok(plain)
}

/// The name that the text ends with.
fn last_name(text: &str) -> &str {
    let is_in_name =
        |char: char| char.is_ascii_alphanumeric() || "-_".contains(char) || !char.is_ascii();
    let (before, _) = text.split_at(text.trim_end_matches(is_in_name).len());
    text.get(before.len()..).unwrap_or_default()
}

/// Whether what stands between the parentheses that begin here begins with a string.
fn has_string(text: &str) -> bool {
    text.trim_start_matches('(')
        .trim_start()
        .starts_with(['"', '\''])
}

/// The length of the string that begins here, with its quotes. Returns `None` if it has no end in its line.
fn string_length(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let inside = text.get(1..)?;
    let length = end_of(inside, quote)?;
    let mut escaped = false;
    let in_line = inside.get(..length)?.chars().all(|char| {
        let ends_line = !escaped && matches!(char, '\n' | '\r' | '\x0c');
        escaped = !escaped && char == '\\';
        !ends_line
    });
    in_line.then_some(1 + length)
}

/// Where the text ends with the first `end` that no backslash stands before.
fn end_of(text: &str, end: char) -> Option<usize> {
    let mut escaped = false;
    let found = text.char_indices().find(|(_, char)| {
        let ends = !escaped && *char == end;
        escaped = !escaped && *char == '\\';
        ends
    });
    found.map(|(at, char)| at + char.len_utf8())
}

impl Document<Customization> {
    /// The customization as answers show it, of a pool with these domains.
    pub(crate) fn into_customization(
        self,
        pool: &Pool,
        domains: &[UserPoolDomain],
    ) -> UICustomizationType {
        let version = version(self.modified);
        let client = self
            .client
            .unwrap_or_else(|| ClientId::from(ALL.to_owned()));
        let image_url = self.body.image_file.and_then(|_| {
            let host = host(pool, domains.first()?);
            let client = client.as_str();
            Some(format!("https://{host}/{client}/{version}/assets/{LOGO}"))
        });
        UICustomizationType {
            css_version: self.body.css.is_some().then_some(version),
            css: self.body.css,
            client_id: Some(client),
            creation_date: Some(self.created),
            image_url,
            last_modified_date: Some(self.modified),
            user_pool_id: Some(pool.id.clone()),
        }
    }
}

/// The host name of a domain at AWS.
fn host(pool: &Pool, domain: &UserPoolDomain) -> String {
    let name = &domain.name;
    match domain.kind {
        DomainKind::Prefix => format!("{name}.auth.{}.amazoncognito.com", pool.id.region()),
        DomainKind::Custom(_) => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_sheet_has_the_classes_of_the_pages_alone() {
        for css in [
            "",
            "/* nothing */",
            ".banner-customizable { background: red; }",
            ".logo-customizable,.label-customizable{width:1px}\n.submitButton-customizable:hover { color: #fff }",
            ".inputField-customizable:focus, .passwordCheck-valid-customizable { border: 0 } /* } @ */",
            r#".banner-customizable { content: "/*"; color: red } .label-customizable { content: '*/' }"#,
            r#".banner-customizable { content: "} body { @import" }"#,
            r#".banner-customizable { content: "\"}" '\'{' "\\" }"#,
            ".banner-customizable { content: 'two \\\nlines' }",
            r".banner-customizable { content: \}; color: red\9 }",
            ".banner-customizable { background: url(data:image/png;base64,/*@a) } .logo-customizable { color: red }",
            ".banner-customizable { background: URL( \"a)b\" ) }",
            ".banner-customizable /* { */ { color: /* ' */ red }",
            ".banner-customizable { color: myurl(/*) } body { color: red } /**/ ) }",
            ".banner-customizable { color: red } /* no end",
        ] {
            assert!(check_css(css).is_ok(), "{css}");
        }
        for css in [
            "body { color: red }",
            ".banner-customizable",
            ".banner-customizable { color: red",
            ".banner-customizable { color: red } x",
            ".banner-customizable a { color: red }",
            ".other-customizable { color: red }",
            ".banner-customizable:has { color: red }",
            "@import url(https://example.com);",
            "@media print { .banner-customizable { color: red } }",
            ".banner-customizable { </style><script> }",
            "* { color: red }",
            "/* \" */ body /* \" */ { color: red }",
            "/*/ body { color: red }\n/**/ .label-customizable } {",
            r#".banner-customizable { content: "\\"; } body { content: "" }"#,
            r#".banner-customizable { content: "no end }"#,
            ".banner-customizable { content: 'two\nlines' }",
            ".banner-customizable { content: '<' }",
            ".banner-customizable { background: url(no end }",
            r".banner-customizable\, body { color: red }",
            r"\62 ody { color: red }",
            r".banner-customizable { background: \75rl(/*) } body { color: red } .label-customizable { color: red/**/ }",
            ".banner-customizable { content: '\\\\\n' } body { content: '' }",
        ] {
            assert!(check_css(css).is_err(), "{css}");
        }
    }
}
