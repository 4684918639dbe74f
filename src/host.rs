//! Hosts and origins, as requests name them in `Host` (RFC 9110 section 7.2) and `Origin` (RFC 6454 section 7).

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The longest name of a host (RFC 1035 section 2.3.4), with a dot at its end.
const MAX_NAME: usize = 254;

/// A host, with a port unless it is the scheme's own: a name, an IPv4 address, or an IPv6 address in brackets.
///
/// Of RFC 3986's grammar this takes what can be a name in DNS, and underscores, which names in container networks have. Letters
/// are in lower case (RFC 3986 section 6.2.2.1), IPv6 addresses in their shortest form (RFC 5952).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    /// Without the dot that may end a name in DNS.
    name: String,
    dot: bool,
    port: Option<u16>,
}

impl Host {
    /// Returns `None` if `text` is not `host [ ":" port ]`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mut name, port) = if let Some(rest) = text.strip_prefix('[') {
            let (address, port) = rest.split_once(']')?;
            let address: Ipv6Addr = address.parse().ok()?;
            (format!("[{address}]"), port)
        } else {
            let end = text.bytes().position(|byte| byte == b':');
            let (name, port) = text.split_at(end.unwrap_or(text.len()));
            (name.to_ascii_lowercase(), port)
        };
        let port = match port.strip_prefix(':') {
            // The colon may stand there without a port (RFC 3986 section 3.2.3).
            Some("") => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            None if port.is_empty() => None,
            Some(_) | None => return None,
        };
        let dot = name.ends_with('.');
        if dot {
            name.pop();
        }
        (name.starts_with('[') || is_name(&name)).then_some(Self { name, dot, port })
    }

    /// Whether it is a name of this machine for itself: `localhost` and what ends with `.localhost` (RFC 6761 section 6.3), the
    /// loopback addresses, and the unspecified ones, which reach this machine as well.
    pub(crate) fn is_this_machine(&self) -> bool {
        let bare = self.name.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) => {
                let address = address.to_canonical();
                address.is_loopback() || address.is_unspecified()
            }
            Err(_) => self.name == "localhost" || self.name.ends_with(".localhost"),
        }
    }

    /// The name, without its port and without the dot that may end it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The host with this name and the port of this one. Returns `None` if the text is not a name.
    pub(crate) fn renamed(&self, name: &str) -> Option<Self> {
        Self::parse(name).map(|host| Self {
            port: self.port,
            ..host
        })
    }

    /// Whether this is `other`. A host without a port stands for every port.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.name == other.name && (self.port.is_none() || self.port == other.port)
    }
}

/// Labels of letters, digits, hyphens and underscores, with dots between.
fn is_name(name: &str) -> bool {
    let in_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    name.len() < MAX_NAME
        && name
            .as_bytes()
            .split(|byte| *byte == b'.')
            .all(|label| !label.is_empty() && label.iter().copied().all(in_label))
}

impl From<SocketAddr> for Host {
    fn from(address: SocketAddr) -> Self {
        Self {
            name: match address.ip() {
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => format!("[{ip}]"),
            },
            dot: false,
            port: Some(address.port()),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.dot {
            f.write_str(".")?;
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// The origin of a page. Browsers send `null` for a page without one, such as a file or a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `null`.
    Opaque,
    /// A scheme, in lower case, and a host.
    Of(String, Host),
}

impl Origin {
    /// Returns `None` if `text` is neither `null` nor a scheme, `://`, and a host.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "null" {
            return Some(Self::Opaque);
        }
        let (scheme, host) = text.split_once("://")?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if scheme.is_empty() || !scheme.bytes().all(allowed) {
            return None;
        }
        Some(Self::Of(scheme.to_ascii_lowercase(), Host::parse(host)?))
    }

    /// The host that the page is from.
    pub(crate) fn host(&self) -> Option<&Host> {
        match self {
            Self::Opaque => None,
            Self::Of(_, host) => Some(host),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opaque => f.write_str("null"),
            Self::Of(scheme, host) => write!(f, "{scheme}://{host}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_host_is_written_in_one_way() {
        for (text, written) in [
            ("localhost", "localhost"),
            ("LocalHost:9229", "localhost:9229"),
            ("auth.example.com.", "auth.example.com."),
            ("auth.example.com.:80", "auth.example.com.:80"),
            ("my_service-1:0", "my_service-1:0"),
            ("127.0.0.1:65535", "127.0.0.1:65535"),
            ("localhost:", "localhost"),
            ("[::1]", "[::1]"),
            ("[0:0::1]:9229", "[::1]:9229"),
            ("[2001:DB8::A]", "[2001:db8::a]"),
        ] {
            assert_eq!(
                Host::parse(text).map(|host| host.to_string()).as_deref(),
                Some(written),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_host_is_none() {
        let long = "a".repeat(254);
        for text in [
            "",
            ".",
            ":9229",
            "a..b",
            ".a",
            "a b",
            "a/b",
            "a\"b",
            "a'b",
            "a\\b",
            "a<b>",
            "a?b",
            "a#b",
            "a@b",
            "u:p@b",
            "a%20b",
            "a,b",
            "a:b",
            "a:-1",
            "a:+1",
            "a:65536",
            "a:1:2",
            "::1",
            "[::1",
            "::1]",
            "[::1]a",
            "[::1%25lo]",
            "[localhost]",
            "[127.0.0.1]",
            "[v1.a]",
            "http://a",
            "ä",
            "a\u{0}",
            &long,
        ] {
            assert_eq!(Host::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_names_of_this_machine_are_known() {
        let is_ours = |text: &str| Host::parse(text).is_some_and(|host| host.is_this_machine());
        for ours in [
            "localhost",
            "LOCALHOST.:1",
            "app.localhost:3000",
            "127.0.0.1",
            "127.9.9.9:80",
            "[::1]:9229",
            "[::ffff:127.0.0.1]",
            "0.0.0.0:9229",
            "[::]",
        ] {
            assert!(is_ours(ours), "{ours}");
        }
        for foreign in [
            "localhost.example.com",
            "xlocalhost",
            "127.0.0.1.example.com",
            "example.com",
            "128.0.0.1",
            "192.168.0.1",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
            "127.1",
            "2130706433",
        ] {
            assert!(!is_ours(foreign), "{foreign}");
        }
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host_or_null() {
        for (text, written) in [
            ("null", "null"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("HTTPS://App.Example.com", "https://app.example.com"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("chrome-extension://abc", "chrome-extension://abc"),
        ] {
            assert_eq!(
                Origin::parse(text)
                    .map(|origin| origin.to_string())
                    .as_deref(),
                Some(written)
            );
        }
        for text in [
            "",
            "localhost",
            "://a",
            "http://",
            "http://a/",
            "http://a b",
            "file://",
            "NULL",
            "a:b://c",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_host_without_a_port_stands_for_all_of_its_ports() {
        let host = |text| Host::parse(text).unwrap();
        assert!(host("a.test").covers(&host("A.test.:9229")));
        assert!(host("a.test:1").covers(&host("a.test:1")));
        assert!(!host("a.test:1").covers(&host("a.test")));
        assert!(!host("a.test").covers(&host("b.a.test")));
    }
}
