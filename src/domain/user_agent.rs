//! What a `User-Agent` (RFC 9110 section 10.1.5) says of the user's program and operating system, in the words of AWS's sample
//! answers: `Chrome 126, Windows 10`.

/// Browsers, by the product that names their version. A product that others send as well comes after theirs.
const BROWSERS: [(&str, &str); 11] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
    ("MSIE ", "Internet Explorer"),
];

/// Operating systems, by what names them, and whether their version follows. AWS's SDKs name them as `os/linux`. A name that
/// others send as well comes after theirs.
const SYSTEMS: [(&str, &str, bool); 13] = [
    ("Windows NT 10.0", "Windows 10", false),
    ("Windows", "Windows", false),
    ("iPhone OS ", "iOS", true),
    ("CPU OS ", "iOS", true),
    ("Android ", "Android", true),
    ("CrOS", "Chrome OS", false),
    ("Mac OS X ", "Mac OS X", true),
    ("Linux", "Linux", false),
    ("os/windows", "Windows", false),
    ("os/ios", "iOS", false),
    ("os/android", "Android", false),
    ("os/macos", "Mac OS X", false),
    ("os/linux", "Linux", false),
];

/// The longest name of a program other than a browser, and the longest version, in bytes.
const MAX_NAME: usize = 32;
const MAX_VERSION: usize = 16;

/// Names the program and the operating system, as far as they are told. Returns `None` if neither is.
pub(crate) fn description(user_agent: &str) -> Option<String> {
    let parts = [program(user_agent), system(user_agent)];
    let known: Vec<String> = parts.into_iter().flatten().collect();
    (!known.is_empty()).then(|| known.join(", "))
}

/// The browser with its main version, or another program as it names itself first.
fn program(user_agent: &str) -> Option<String> {
    let browser = BROWSERS.iter().find_map(|(product, name)| {
        let (_, rest) = user_agent.split_once(product)?;
        Some(with_version(name, number(rest)))
    });
    browser.or_else(|| first_product(user_agent))
}

/// The first product and its version. Browsers say `Mozilla` first, whatever they are.
fn first_product(user_agent: &str) -> Option<String> {
    let first = user_agent.split(' ').next()?;
    let (name, version) = first.split_once('/')?;
    let fits = |text: &str, longest: usize| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        (1..=longest).contains(&text.len()) && text.bytes().all(plain)
    };
    let is_version = version.starts_with(|first: char| first.is_ascii_digit());
    let is_product = name != "Mozilla" && fits(name, MAX_NAME) && fits(version, MAX_VERSION);
    (is_product && is_version).then(|| with_version(name, version))
}

fn system(user_agent: &str) -> Option<String> {
    SYSTEMS.iter().find_map(|(named, name, has_version)| {
        let (_, rest) = user_agent.split_once(named)?;
        let version = if *has_version { number(rest) } else { "" };
        Some(with_version(name, version))
    })
}

/// The digits that the text begins with.
fn number(text: &str) -> &str {
    let end = text.find(|char: char| !char.is_ascii_digit());
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

fn with_version(name: &str, version: &str) -> String {
    if version.is_empty() {
        name.to_owned()
    } else {
        format!("{name} {version}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_systems_are_named_as_far_as_they_are_told() {
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                "Chrome 126, Windows 10",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.87",
                "Edge 126, Windows 10",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari 17, iOS 17",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/125.0.6422.80 Mobile/15E148 Safari/604.1",
                "Chrome 125, iOS 17",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:127.0) Gecko/20100101 Firefox/127.0",
                "Firefox 127, Mac OS X 10",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
                "Samsung Internet 25, Android 14",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
                "Firefox 127, Linux",
            ),
            (
                "Boto3/1.44.8 md/Botocore#1.44.8 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython",
                "Boto3 1.44.8, Linux",
            ),
            (
                "aws-sdk-js/3.600.0 ua/2.0 os/macos#23.5.0",
                "aws-sdk-js 3.600.0, Mac OS X",
            ),
            ("node", ""),
            ("curl/8.5.0", "curl 8.5.0"),
            ("Mozilla/5.0", ""),
            (
                "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2)",
                "Internet Explorer 10, Windows",
            ),
            ("My Secret/1", ""),
            ("a/b", ""),
            ("", ""),
            ("Chrome/", "Chrome"),
        ] {
            let described = description(user_agent).unwrap_or_default();
            assert_eq!(described, expected, "{user_agent}");
        }
    }
}
