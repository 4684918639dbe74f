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
    let css = without_comments(css);
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

fn without_comments(css: &str) -> String {
    let mut rest = css;
    let mut kept = String::with_capacity(css.len());
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        kept.push(' ');
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
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
        ] {
            assert!(check_css(css).is_err(), "{css}");
        }
    }
}
