//! The forms of setting values.

use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};

use strsim::damerau_levenshtein;
use wildmatch::WildMatch;

use crate::access::{OWN_ACTIONS, READ_OUTBOX};
use crate::api::OPERATIONS;
use crate::host::Host;

/// A hint with the known name that is nearest to an unknown one. Returns an empty text if none is near.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    let distance = |known: &str| damerau_levenshtein(&name.to_lowercase(), &known.to_lowercase());
    known
        .map(|known| (distance(known), known))
        .min()
        .filter(|(distance, _)| *distance <= name.len() / 2)
        .map_or_else(String::new, |(_, known)| {
            format!("; the nearest is {known}")
        })
}

/// Parses an address to listen on: an address with a port, a name with a port, or a port. A port, or the name `localhost`,
/// stands for this machine's loopback address, whatever the system resolves it to (RFC 6761 section 6.3).
pub(super) fn address(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    let port: u16 = Some(port).filter(|_| digits)?.parse().ok()?;
    if host.is_empty() || host.eq_ignore_ascii_case("localhost") {
        return Some((Ipv4Addr::LOCALHOST, port).into());
    }
    let is_name = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let found: Vec<SocketAddr> = Some((host, port))
        .filter(|_| is_name)?
        .to_socket_addrs()
        .ok()?
        .collect();
    let first = found.first().copied();
    found.into_iter().find(SocketAddr::is_ipv4).or(first)
}

/// Whether the text is an AWS Region: letters, directions and a number, as in `us-east-1`, `us-gov-west-1` and `eusc-de-east-1`.
pub(super) fn is_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let Some((number, words)) = parts.split_last() else {
        return false;
    };
    let is_word = |word: &&str| {
        (2..=16).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let is_number =
        (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    name.len() <= 32 && words.len() >= 2 && words.iter().all(is_word) && is_number
}

/// Parses a URL that something is added to, such as that of an issuer (RFC 8414 section 2: no query, no fragment), and removes slashes
/// at its end. Plain HTTP is allowed.
pub(super) fn base_url(text: &str) -> Option<String> {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // RFC 3986 section 3.3, without characters that end a path.
    let in_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%/".contains(&byte);
    path.bytes().all(in_path).then_some(())?;
    if authority.ends_with(':') {
        return None;
    }
    Host::parse(authority)?;
    Some(text.trim_end_matches('/').to_owned())
}

/// The form that a pattern for actions should have. Returns `None` if the pattern is valid.
pub(super) fn action_fault(pattern: &str) -> Option<String> {
    let actions = || {
        let served = OPERATIONS.iter();
        let cognito = served.map(|operation| format!("cognito-idp:{}", operation.name));
        cognito.chain(OWN_ACTIONS.map(str::to_owned))
    };
    let wanted = WildMatch::new_case_insensitive(pattern);
    if actions().any(|action| wanted.matches(&action)) {
        return None;
    }
    if !pattern.contains(':') {
        return Some(format!(
            "an action with its service, as in IAM policies: cognito-idp:{pattern}"
        ));
    }
    let all: Vec<String> = actions().collect();
    let hint = nearest(pattern, all.iter().map(String::as_str));
    Some(format!(
        "an action that matches an operation, such as cognito-idp:AdminGet* or {READ_OUTBOX}{hint}"
    ))
}

/// Whether a pattern for pools can match a pool of the Region.
pub(super) fn may_match_pool(pattern: &str, region: &str) -> bool {
    let is_wild = |text: &str| text.contains(['*', '?']);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_*?".contains(&byte);
    if !pattern.bytes().all(allowed) {
        return false;
    }
    // A pool id is <region>_<letters and digits>, and a Region has no underscore.
    if let Some((of_region, id)) = pattern.split_once('_') {
        return !id.is_empty() && WildMatch::new(of_region).matches(region);
    }
    let literal = pattern.split(['*', '?']).next().unwrap_or_default();
    is_wild(pattern) && region.starts_with(literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_people_write() {
        for (text, expected) in [
            ("127.0.0.1:9300", "127.0.0.1:9300"),
            ("localhost:9300", "127.0.0.1:9300"),
            ("LOCALHOST:9300", "127.0.0.1:9300"),
            (":9300", "127.0.0.1:9300"),
            ("9300", "127.0.0.1:9300"),
            ("0", "127.0.0.1:0"),
            ("[::1]:9300", "[::1]:9300"),
            ("0.0.0.0:9300", "0.0.0.0:9300"),
        ] {
            let found = address(text).map(|address| address.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            ":",
            "localhost",
            "127.0.0.1",
            "70000",
            ":+80",
            "::1:9300",
            "a b:80",
            "http://localhost:80",
            "127.0.0.1:",
            "no-such-name.invalid:80",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    #[test]
    fn regions_have_the_form_of_awss() {
        for name in [
            "us-east-1",
            "us-gov-west-1",
            "eusc-de-east-1",
            "ap-southeast-10",
            "us-isob-east-1",
        ] {
            assert!(is_region(name), "{name}");
        }
        for name in [
            "",
            "Mars",
            "us-east",
            "us_east_1",
            "US-EAST-1",
            "us-east-1 ",
            "a-b-1",
            "us--1",
            "-",
            "us-east-100",
        ] {
            assert!(!is_region(name), "{name}");
        }
    }

    #[test]
    fn an_issuer_is_a_url_that_an_id_can_follow_on() {
        for (text, expected) in [
            ("http://localhost:9229", "http://localhost:9229"),
            ("https://id.example.com/", "https://id.example.com"),
            (
                "https://id.example.com/cognito/v1",
                "https://id.example.com/cognito/v1",
            ),
            ("http://[::1]:9229", "http://[::1]:9229"),
            ("http://pool_house", "http://pool_house"),
        ] {
            assert_eq!(base_url(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "http://",
            "https:///pool",
            "http://:80",
            "http://host:",
            "http://host:port",
            "http://host:70000",
            "http://host?x=1",
            "http://host/#top",
            "http://a host",
            "http://host/a b",
            "http://user@host",
            "ftp://host",
            "host",
            "HTTP://",
            "http://[::1",
            "http://[x]",
            "http://host\\x",
            "http://höst",
        ] {
            assert_eq!(base_url(text), None, "{text}");
        }
    }

    #[test]
    fn actions_match_an_operation_and_say_their_service() {
        for pattern in [
            "*",
            "cognito-idp:*",
            "cognito-idp:AdminGet*",
            "COGNITO-IDP:admingetuser",
            "poolhouse:*",
        ]
        .into_iter()
        .chain(OWN_ACTIONS)
        {
            assert_eq!(action_fault(pattern), None, "{pattern}");
        }
        for (pattern, hint) in [
            ("AdminGetUser", "cognito-idp:AdminGetUser"),
            (
                "cognito-idp:AdminGetUsr",
                "the nearest is cognito-idp:AdminGetUser",
            ),
            ("s3:GetObject", "such as cognito-idp:AdminGet*"),
            ("", "cognito-idp:"),
        ] {
            let fault = action_fault(pattern).unwrap();
            assert!(fault.contains(hint), "{fault}");
        }
    }

    #[test]
    fn pools_are_of_the_region() {
        for pattern in [
            "*",
            "us-east-1_*",
            "us-east-1_Abc",
            "us-*_Abc*",
            "us-east*",
            "*_Abc",
            "us-east-?_A",
        ] {
            assert!(may_match_pool(pattern, "us-east-1"), "{pattern}");
        }
        for pattern in [
            "",
            "eu-west-1_Abc",
            "eu-*",
            "us-east-1",
            "Abc",
            "us-east-1_",
            "us-east-2_*",
            "us-east-1_A b",
        ] {
            assert!(!may_match_pool(pattern, "us-east-1"), "{pattern}");
        }
    }
}
