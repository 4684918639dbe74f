//! The filters of `ListUsers`: one comparison of an attribute with a text.
//!
//! ```text
//! filter     = name ("=" / "^=") quoted          ; blanks around each; no filter at all lists everybody
//! name       = quoted / characters up to a blank, a quotation mark or an operator
//! quoted     = a quotation mark, characters, a quotation mark; \" and \\ stand for " and \
//! ```

use std::collections::BTreeMap;

use crate::error::{ApiError, Result};

/// The attributes in which filters ignore letter case (AWS's guide "Managing and searching for user accounts").
const CASELESS: [&str; 5] = [
    "email",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
];

/// A parsed filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserFilter {
    pub(crate) attribute: SearchAttribute,
    pub(crate) comparison: Comparison,
    pub(crate) value: String,
}

/// How the attribute is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equals,
    StartsWith,
}

/// The attributes that users can be searched by (AWS API reference, `ListUsers`, `Filter`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SearchAttribute {
    Username,
    Sub,
    Email,
    PhoneNumber,
    Name,
    GivenName,
    FamilyName,
    PreferredUsername,
    /// `cognito:user_status`, as `CONFIRMED`.
    UserStatus,
    /// `status`: `Enabled` or `Disabled`.
    Enabled,
}

impl SearchAttribute {
    /// Every attribute, by the name that filters give it.
    pub(crate) const ALL: [(&'static str, Self); 10] = [
        ("username", Self::Username),
        ("sub", Self::Sub),
        ("email", Self::Email),
        ("phone_number", Self::PhoneNumber),
        ("name", Self::Name),
        ("given_name", Self::GivenName),
        ("family_name", Self::FamilyName),
        ("preferred_username", Self::PreferredUsername),
        ("cognito:user_status", Self::UserStatus),
        ("status", Self::Enabled),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find_map(|(known, attribute)| (known == name).then_some(attribute))
    }
}

/// The text in the form that comparisons without letter case use. Each character is folded by itself, so that a prefix of the
/// text is a prefix of the folded text; for ASCII the result is that of SQLite's `lower()`.
pub(crate) fn folded(text: &str) -> String {
    let upper = text.chars().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).collect()
}

/// The folded values of attributes that are searched without letter case, by the attribute's name. Values whose `lower()` is
/// already right are left out.
pub(crate) fn search_keys(
    attributes: &BTreeMap<String, String>,
) -> Option<BTreeMap<&'static str, String>> {
    let beyond_ascii = CASELESS.iter().filter_map(|name| {
        let value = attributes.get(*name).filter(|value| !value.is_ascii())?;
        Some((*name, folded(value)))
    });
    Some(beyond_ascii.collect()).filter(|keys: &BTreeMap<_, _>| !keys.is_empty())
}

impl UserFilter {
    /// Parses a filter. Returns `None` for an empty one.
    ///
    /// # Errors
    /// `InvalidParameterException` for a filter that cannot be parsed.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let (name, comparison, value) = comparison(text)
            .ok_or_else(|| ApiError::invalid_parameter("Error while parsing filter"))?;
        let attribute = SearchAttribute::named(&name).ok_or_else(|| {
            ApiError::invalid_parameter(format!("Invalid search attribute: {name}"))
                .because("the filter names an attribute that cannot be searched by")
        })?;
        Ok(Some(Self {
            attribute,
            comparison,
            value,
        }))
    }

    /// Whether the filter's comparison holds for `text`.
    pub(crate) fn accepts(&self, text: &str) -> bool {
        match self.comparison {
            Comparison::Equals => text == self.value,
            Comparison::StartsWith => text.starts_with(&self.value),
        }
    }
}

/// Name, operator and value of a whole filter.
fn comparison(text: &str) -> Option<(String, Comparison, String)> {
    let (name, rest) = quoted(text).or_else(|| bare(text))?;
    let rest = rest.trim_start();
    let (comparison, rest) = if let Some(rest) = rest.strip_prefix("^=") {
        (Comparison::StartsWith, rest)
    } else {
        (Comparison::Equals, rest.strip_prefix('=')?)
    };
    let (value, rest) = quoted(rest.trim_start())?;
    rest.trim().is_empty().then_some((name, comparison, value))
}

/// A name without quotation marks, and the text after it.
fn bare(text: &str) -> Option<(String, &str)> {
    let ends = |char: char| char.is_whitespace() || ['"', '=', '^'].contains(&char);
    let (name, rest) = text.split_at_checked(text.find(ends)?)?;
    (!name.is_empty()).then(|| (name.to_owned(), rest))
}

/// The text between quotation marks, and the text after them.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut chars = text.strip_prefix('"')?.chars();
    let mut inside = String::new();
    loop {
        match chars.next()? {
            '"' => return Some((inside, chars.as_str())),
            '\\' => {
                let escaped = chars.next()?;
                if !['"', '\\'].contains(&escaped) {
                    inside.push('\\');
                }
                inside.push(escaped);
            }
            char => inside.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(SearchAttribute, Comparison, String)> {
        let filter = UserFilter::parse(text).unwrap()?;
        Some((filter.attribute, filter.comparison, filter.value))
    }

    #[test]
    fn every_way_to_write_a_filter_means_the_same() {
        for text in [
            r#"given_name = "Jon""#,
            r#"given_name="Jon""#,
            r#"  "given_name"  =  "Jon"  "#,
            r#""given_name"="Jon""#,
        ] {
            let expected = (
                SearchAttribute::GivenName,
                Comparison::Equals,
                "Jon".to_owned(),
            );
            assert_eq!(parsed(text), Some(expected), "{text}");
        }
        let prefix = parsed(r#"cognito:user_status ^= "CONF""#).unwrap();
        assert_eq!(
            prefix,
            (
                SearchAttribute::UserStatus,
                Comparison::StartsWith,
                "CONF".to_owned()
            )
        );
    }

    #[test]
    fn escapes_stand_for_themselves() {
        for (text, value) in [
            (r#"name = "say \"hi\"""#, r#"say "hi""#),
            (r#"name = "a\\b""#, r"a\b"),
            (r#"name = "a\b""#, r"a\b"),
            (r#"name = "= ^= and""#, "= ^= and"),
            (r#"name = """#, ""),
            (r#"name = "Ünïcode 🦀""#, "Ünïcode 🦀"),
        ] {
            assert_eq!(parsed(text).unwrap().2, value, "{text}");
        }
    }

    #[test]
    fn an_empty_filter_is_none() {
        for text in ["", " ", "\t\n"] {
            assert_eq!(parsed(text), None);
        }
    }

    #[test]
    fn a_folded_text_has_no_case_and_keeps_its_beginning() {
        for (one, other) in [
            ("Ana", "aNA"),
            ("ÅNGSTRÖM", "ångström"),
            ("ΟΔΟΣ", "οδος"),
            ("STRASSE", "straße"),
            ("Ǆ", "ǅ"),
        ] {
            assert_eq!(folded(one), folded(other));
        }
        assert!(folded("ΟΔΟΣΑΛ").starts_with(&folded("οδος")));
        for ascii in 0..=127_u8 {
            let text = char::from(ascii).to_string();
            assert_eq!(folded(&text), text.to_ascii_lowercase());
        }
    }

    #[test]
    fn only_what_is_beyond_ascii_needs_keys() {
        let attributes = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        assert_eq!(
            search_keys(&attributes(&[("name", "Ana"), ("nickname", "Ä")])),
            None
        );
        assert_eq!(
            search_keys(&attributes(&[("name", "ANÉ"), ("email", "A@b")])),
            Some([("name", "ané".to_owned())].into())
        );
    }

    #[test]
    fn nonsense_is_never_taken_for_a_filter() {
        for text in [
            "x",
            "=",
            "email",
            "email =",
            "email = a",
            "email = 'a'",
            r#"email "a""#,
            r#"email == "a""#,
            r#"email != "a""#,
            r#"email ^ = "a""#,
            r#"email = "a"#,
            r#"email = "a\""#,
            r#"email = "a" and name = "b""#,
            r#"email = "a" x"#,
            r#"= "a""#,
            r#""email = "a""#,
            r#"email contains "a""#,
            "\"",
            "\\",
        ] {
            let refused = UserFilter::parse(text).unwrap_err();
            assert_eq!(
                refused.message.unwrap(),
                "Error while parsing filter",
                "{text}"
            );
        }
        for name in ["custom:x", "Email", "address", "", "enabled"] {
            let refused = UserFilter::parse(&format!(r#""{name}" = "a""#)).unwrap_err();
            let message = format!("Invalid search attribute: {name}");
            assert_eq!(refused.message.unwrap(), message);
        }
    }
}
