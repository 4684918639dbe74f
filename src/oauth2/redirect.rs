//! Addresses that browsers are sent to.

use form_urlencoded::Serializer;

/// Where the answer stands in a redirect URI (RFC 6749 sections 4.1.2 and 4.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Query,
    Fragment,
}

/// The redirect URI with these parameters. It is one that the client has registered; those have no fragment.
pub(super) fn with(redirect_uri: &str, part: Part, parameters: &[(&str, &str)]) -> String {
    let separator = match part {
        Part::Fragment => '#',
        Part::Query if redirect_uri.contains('?') => '&',
        Part::Query => '?',
    };
    format!("{redirect_uri}{separator}{}", encoded(parameters))
}

/// The parameters as a query.
pub(super) fn encoded(parameters: &[(&str, &str)]) -> String {
    Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_added_to_what_the_client_registered() {
        let code = [("code", "1"), ("state", "a b&c=\r\nd")];
        for (uri, part, expected) in [
            (
                "https://app.test/",
                Part::Query,
                "https://app.test/?code=1&state=a+b%26c%3D%0D%0Ad",
            ),
            (
                "https://app.test/?x=1",
                Part::Query,
                "https://app.test/?x=1&code=1&state=a+b%26c%3D%0D%0Ad",
            ),
            (
                "myapp://x",
                Part::Fragment,
                "myapp://x#code=1&state=a+b%26c%3D%0D%0Ad",
            ),
        ] {
            assert_eq!(with(uri, part, &code), expected);
        }
    }
}
