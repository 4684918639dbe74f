//! The CSV of import jobs (AWS's guide "Importing users into user pools from a CSV file"): values have no quotes, a comma in a value
//! is written `\,`, and white space around a value does not count.

/// The most characters of a line.
pub(crate) const MAX_CHARACTERS: usize = 16_000;

/// The most bytes of a line with its end: a character of UTF-8 has at most four.
const MAX_BYTES: usize = MAX_CHARACTERS * 4 + 2;

/// What a text begins with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    /// A line without its end, and the bytes that it takes with its end.
    Line(&'a [u8], usize),
    /// The beginning of a line whose end is further on.
    Unfinished,
    /// A line that is longer than lines may be.
    TooLong,
    /// Nothing: the text is over.
    End,
}

/// The first line of a part of a file. `is_last` says that the file ends where the part does. Lines end with LF or CR LF; the last
/// one may end with the file.
pub(crate) fn next(part: &[u8], is_last: bool) -> Next<'_> {
    let (line, taken) = match part.iter().position(|byte| *byte == b'\n') {
        Some(end) => (part.get(..end).unwrap_or_default(), end + 1),
        None if part.len() > MAX_BYTES => return Next::TooLong,
        None if !is_last => return Next::Unfinished,
        None if part.is_empty() => return Next::End,
        None => (part, part.len()),
    };
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let is_continuation = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
    let characters = line.iter().filter(|byte| !is_continuation(byte)).count();
    if characters > MAX_CHARACTERS {
        return Next::TooLong;
    }
    Next::Line(line, taken)
}

/// The values of a line, each without white space at its ends. A backslash that stands before anything but a comma is itself.
pub(crate) fn values(line: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\\' && characters.next_if_eq(&',').is_some() {
            value.push(',');
        } else if character == ',' {
            values.push(value.trim().to_owned());
            value.clear();
        } else {
            value.push(character);
        }
    }
    values.push(value.trim().to_owned());
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_lf_or_cr_lf_or_the_file() {
        assert_eq!(next(b"a,b\nc", false), Next::Line(b"a,b", 4));
        assert_eq!(next(b"a,b\r\nc", false), Next::Line(b"a,b", 5));
        assert_eq!(next(b"\n", true), Next::Line(b"", 1));
        assert_eq!(next(b"a\rb", true), Next::Line(b"a\rb", 3));
        assert_eq!(next(b"a,b", true), Next::Line(b"a,b", 3));
        assert_eq!(next(b"a,b", false), Next::Unfinished);
        assert_eq!(next(b"", false), Next::Unfinished);
        assert_eq!(next(b"", true), Next::End);
    }

    #[test]
    fn a_line_has_at_most_sixteen_thousand_characters_of_any_size() {
        for character in ["a", "ü", "\u{10000}"] {
            let longest = character.repeat(MAX_CHARACTERS) + "\r\n";
            let line = Next::Line(&longest.as_bytes()[..longest.len() - 2], longest.len());
            assert_eq!(next(longest.as_bytes(), false), line);
            let longer = character.repeat(MAX_CHARACTERS + 1) + "\n";
            assert_eq!(next(longer.as_bytes(), true), Next::TooLong);
        }
        let endless = vec![b'a'; MAX_BYTES + 1];
        assert_eq!(next(&endless, false), Next::TooLong);
    }

    #[test]
    fn values_are_parted_by_commas_and_trimmed() {
        for (line, expected) in [
            ("", &[""][..]),
            (",", &["", ""]),
            (" a ,\tb\u{a0}, c d ", &["a", "b", "c d"]),
            (
                r"123 Any Street\, Anytown,x",
                &["123 Any Street, Anytown", "x"],
            ),
            (r"\,\,,\\,a\b\", &[",,", r"\,a\b\"]),
            (r#""a","b""#, &[r#""a""#, r#""b""#]),
        ] {
            assert_eq!(values(line), expected, "{line}");
        }
    }
}
