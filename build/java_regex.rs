//! Java's regular expressions in the dialect of the `regex` crate.

use super::overrides;

/// Rewrites a Java pattern that must match a whole value for the `regex` crate, whose `\w`, `\d` and `\s` are Unicode and whose
/// `.` excludes only `\n`. Constructs that the crate does not support (look-around, back references, possessive quantifiers)
/// need a line in `overrides::PATTERNS`.
pub(crate) fn rust_regex(pattern: &str) -> Result<String, String> {
    let equivalent = overrides::PATTERNS
        .iter()
        .find(|(java, _)| *java == pattern);
    let needs_a_line = |what: String| {
        format!(
            "{what} in the pattern {pattern}: add a line with an equivalent to PATTERNS in build/overrides.rs"
        )
    };
    let body = match equivalent {
        Some((_, equivalent)) => (*equivalent).to_owned(),
        None => Rewriting::new(pattern).run().map_err(needs_a_line)?,
    };
    let anchored = format!(r"\A(?:{body})\z");
    regex::Regex::new(&anchored).map_err(|error| needs_a_line(error.to_string()))?;
    Ok(anchored)
}

/// Every character.
const ANY: &str = r"\x{0}-\x{10FFFF}";

/// The line ends of Java.
const LINE_ENDS: &str = r"\n\r\x{85}\x{2028}\x{2029}";

/// Classes of `java.util.regex.Pattern` after `\p` that the `regex` crate does not know or defines otherwise: the POSIX classes
/// are ASCII in Java.
const PROPERTIES: [(&str, &str); 15] = [
    ("ASCII", r"\x00-\x7F"),
    ("Alnum", "0-9A-Za-z"),
    ("Alpha", "A-Za-z"),
    ("Blank", r"\t\x20"),
    ("Cntrl", r"\x00-\x1F\x7F"),
    ("Digit", "0-9"),
    ("Graph", r"\x21-\x7E"),
    ("LD", r"\p{L}\p{Nd}"),
    ("Lower", "a-z"),
    ("Print", r"\x20-\x7E"),
    ("Punct", r"\x21-\x2F\x3A-\x40\x5B-\x60\x7B-\x7E"),
    ("Space", r"\t\n\x0B\x0C\r\x20"),
    ("Upper", "A-Z"),
    ("XDigit", "0-9A-Fa-f"),
    ("all", ANY),
];

/// Rewrites one pattern.
struct Rewriting<'p> {
    chars: std::iter::Peekable<std::str::Chars<'p>>,
    dot: String,
    /// The depth of open classes.
    depth: u32,
    out: String,
}

impl<'p> Rewriting<'p> {
    fn new(pattern: &'p str) -> Self {
        let (dot, pattern) = match pattern.strip_prefix("(?s)") {
            Some(rest) => (format!("[{ANY}]"), rest),
            None => (format!("[^{LINE_ENDS}]"), pattern),
        };
        Self {
            chars: pattern.chars().peekable(),
            dot,
            depth: 0,
            out: String::new(),
        }
    }

    /// # Errors
    /// The construct that has no rule.
    fn run(mut self) -> Result<String, String> {
        // An escaped character is not an operator on the next one.
        let mut previous = ' ';
        while let Some(c) = self.chars.next() {
            let next = self.chars.peek().copied();
            match (c, next) {
                ('\\', _) => {
                    let escaped = self.escape()?;
                    self.out.push_str(&escaped);
                }
                ('.', _) if self.depth == 0 => self.out.push_str(&self.dot),
                ('-' | '~', Some(twin)) if self.depth > 0 && twin == c => {
                    return Err(format!("the class operator {c}{c}, two letters in Java,"));
                }
                ('+', _) if self.depth == 0 && "*+?}".contains(previous) => {
                    return Err("a possessive quantifier".to_owned());
                }
                ('?', Some(kind)) if self.depth == 0 && previous == '(' && kind != ':' => {
                    return Err(format!("the group (?{kind}"));
                }
                _ => {
                    match c {
                        '[' => self.depth += 1,
                        ']' => self.depth = self.depth.saturating_sub(1),
                        _ => {}
                    }
                    self.out.push(c);
                }
            }
            previous = if c == '\\' { ' ' } else { c };
        }
        Ok(self.out)
    }

    /// The construct after a backslash. A nested class means the same inside a class and outside.
    fn escape(&mut self) -> Result<String, String> {
        let escaped = self.chars.next().ok_or("a backslash at the end")?;
        Ok(match escaped {
            'w' => "[0-9A-Za-z_]".to_owned(),
            'W' => "[^0-9A-Za-z_]".to_owned(),
            'd' => "[0-9]".to_owned(),
            'D' => "[^0-9]".to_owned(),
            's' => r"[ \t\n\x0B\x0C\r]".to_owned(),
            'S' => r"[^ \t\n\x0B\x0C\r]".to_owned(),
            'v' => format!(r"[\x0B\x0C{LINE_ENDS}]"),
            // The boundary of a word of ASCII letters, digits and underscores, as in Java since 19.
            'b' if self.depth == 0 => r"(?-u:\b)".to_owned(),
            'A' | 'z' if self.depth == 0 => format!("\\{escaped}"),
            'f' => r"\x0C".to_owned(),
            't' | 'n' | 'r' => format!("\\{escaped}"),
            'p' => self.property(false)?,
            'P' => self.property(true)?,
            'x' if self.chars.peek() == Some(&'{') => r"\x".to_owned(),
            'x' => character(self.digits(2, 16)?)?,
            'u' => self.utf16()?,
            '0' => self.octal()?,
            letter if letter.is_ascii_alphanumeric() => {
                return Err(format!("the escape \\{letter}"));
            }
            sign => regex::escape(sign.encode_utf8(&mut [0; 4])),
        })
    }

    /// `{Name}` or one letter, after `\p` or `\P`.
    fn property(&mut self, negated: bool) -> Result<String, String> {
        let mut name = String::new();
        match self.chars.next() {
            Some('{') => {
                for c in self.chars.by_ref().take_while(|c| *c != '}') {
                    name.push(c);
                }
            }
            Some(letter) => name.push(letter),
            None => return Err("a class without a name".to_owned()),
        }
        let known = PROPERTIES.iter().find(|(java, _)| *java == name);
        Ok(match (known, negated) {
            (Some((_, class)), false) => format!("[{class}]"),
            (Some((_, class)), true) => format!("[^{class}]"),
            (None, false) => format!("\\p{{{name}}}"),
            (None, true) => format!("\\P{{{name}}}"),
        })
    }

    /// Four hexadecimal digits after `\u`, with a second such escape if the first is half of a character.
    fn utf16(&mut self) -> Result<String, String> {
        let first = self.digits(4, 16)?;
        if !(0xD800..0xDC00).contains(&first) {
            return character(first);
        }
        let mut ahead = self.chars.clone();
        if (ahead.next(), ahead.next()) == (Some('\\'), Some('u')) {
            self.chars = ahead;
            let second = self.digits(4, 16)?;
            if (0xDC00..0xE000).contains(&second) {
                return character(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
            }
        }
        Err("half of a character".to_owned())
    }

    /// One to three octal digits after `\0`, 377 at most.
    fn octal(&mut self) -> Result<String, String> {
        let mut value = self.digits(1, 8)?;
        while let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(8)) {
            if value * 8 + digit > 0o377 {
                break;
            }
            value = value * 8 + digit;
            self.chars.next();
        }
        character(value)
    }

    fn digits(&mut self, count: usize, radix: u32) -> Result<u32, String> {
        let mut value = 0;
        for _ in 0..count {
            let digit = self.chars.next().and_then(|c| c.to_digit(radix));
            value = value * radix + digit.ok_or("an escape without its digits")?;
        }
        Ok(value)
    }
}

fn character(value: u32) -> Result<String, String> {
    match char::from_u32(value) {
        Some(_) => Ok(format!("\\x{{{value:X}}}")),
        None => Err("half of a character".to_owned()),
    }
}
