//! Texts that match the patterns of the model, and texts that do not.

use std::sync::LazyLock;

/// How to write a text of any length that matches a pattern, and one that does not.
pub(super) struct Sample {
    pub(super) pattern: &'static str,
    /// The shortest match that can grow.
    pub(super) head: &'static str,
    /// What it can grow by, between head and tail; without it `head` is all there is.
    pub(super) fill: Option<char>,
    pub(super) tail: &'static str,
    /// The longest match, if there is a longest.
    pub(super) longest: usize,
    /// Whether the empty text matches.
    pub(super) empty: bool,
    /// A text that does not match, repeated any number of times; `None` if everything matches.
    pub(super) wrong: Option<char>,
    pub(super) fits: &'static [&'static str],
    pub(super) misfits: &'static [&'static str],
}

impl Sample {
    /// A pattern that any number of letters `a` matches.
    pub(super) fn letters(pattern: &'static str, wrong: char) -> Self {
        Self::grown("a", pattern, wrong)
    }

    /// A pattern that `head` matches, and `head` with any number of letters `a`.
    pub(super) fn grown(head: &'static str, pattern: &'static str, wrong: char) -> Self {
        Self {
            pattern,
            head,
            fill: Some('a'),
            tail: "",
            longest: usize::MAX,
            empty: false,
            wrong: Some(wrong),
            fits: &[],
            misfits: &[],
        }
    }

    /// A pattern that only texts of a certain length match, among them `all`.
    pub(super) fn fixed(
        pattern: &'static str,
        all: &'static [&'static str],
        misfits: &'static [&'static str],
    ) -> Self {
        let mut sample = Self::grown(all[0], pattern, '?').tested(all, misfits);
        sample.fill = None;
        sample
    }

    /// Ends with `tail`, and needs nothing before it.
    pub(super) fn ending(mut self, tail: &'static str) -> Self {
        (self.head, self.tail) = ("", tail);
        self
    }

    pub(super) fn or_empty(mut self) -> Self {
        self.empty = true;
        self
    }

    pub(super) fn tested(
        mut self,
        fits: &'static [&'static str],
        misfits: &'static [&'static str],
    ) -> Self {
        self.fits = fits;
        self.misfits = misfits;
        self
    }

    /// A match of this length, if there is one that we can write.
    pub(super) fn fitting(&self, length: usize) -> Option<String> {
        if length == 0 {
            return self.empty.then(String::new);
        }
        let missing = length.checked_sub(self.head.len() + self.tail.len())?;
        let growth = match self.fill {
            Some(fill) if length <= self.longest => repeated(fill, missing),
            _ if missing == 0 => String::new(),
            _ => return None,
        };
        Some([self.head, &growth, self.tail].concat())
    }

    /// A text of this length that does not match, if there is one.
    pub(super) fn misfit(&self, length: usize) -> Option<String> {
        let possible = length > 0 || !self.empty;
        let wrong = self.wrong.filter(|_| possible)?;
        Some(repeated(wrong, length))
    }
}

pub(super) fn repeated(char: char, times: usize) -> String {
    std::iter::repeat_n(char, times).collect()
}

/// A sample for every pattern of an input.
pub(super) static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let mut domain = Sample::letters(r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$", '-')
        .or_empty()
        .tested(
            &[
                "0",
                "a-b",
                "a--b",
                "auth.example.com",
                "a.b-c.d",
                "-a",
                "a-",
                "A",
                "a.",
                ".a",
                "a..b",
                "a.-b",
                "a\n",
                "é",
            ],
            &[],
        );
    // What is no domain has words of its own, and no other violation goes with them.
    domain.wrong = None;
    let mut digits = Sample::letters("[0-9]+", 'a').tested(
        &["123456"],
        &[
            "12345a",
            "12345\n",
            " 12345",
            "\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}",
        ],
    );
    (digits.head, digits.fill) = ("0", Some('0'));
    let mut device = Sample::grown("u_a", r"[\w-]+_[0-9a-f-]+", '!').tested(
        &["us-east-1_0", "-_-", "a_b_c", "Z_9"],
        &[
            "us-east-1",
            "us-east-1_A",
            "us-east-1_g",
            "_a",
            "a_",
            "é_a",
            "a_a\n",
            "a_a ",
            "a_\u{660}",
        ],
    );
    device.fill = Some('0');
    let mut anything = Sample::letters("(?s).*", '?')
        .or_empty()
        .tested(&["a\nb\r\u{2028}\u{1}", "{####}"], &[]);
    anything.wrong = None;
    vec![
        domain,
        digits,
        device,
        anything,
        Sample::fixed(
            "Level[1-4]",
            &["Level1", "Level2", "Level3", "Level4"],
            &["Level0", "Level5", "level1", "Level", "Level12", "Level1\n"],
        ),
        Sample::fixed(
            "^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$",
            &[
                "cognito:english",
                "cognito:default",
                "cognito:dutch",
                "cognito:french",
                "cognito:spanish",
                "cognito:german",
                "cognito:bahasa-indonesia",
                "cognito:italian",
                "cognito:japanese",
                "cognito:korean",
                "cognito:portuguese-brazil",
                "cognito:chinese-simplified",
                "cognito:chinese-traditional",
            ],
            &["english", "cognito:klingon", "cognito:English", "cognito:chinese", "cognito:english\n"],
        ),
        Sample::fixed(
            "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[4][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$",
            &["0123abcd-0000-4000-8000-000000000000", "ABCDEFab-0000-4fFf-BfFf-000000000000"],
            &[
                "0123abcd-0000-5000-8000-000000000000",
                "0123abcd-0000-4000-c000-000000000000",
                "0123abcd-0000-4000-8000-00000000000",
                "0123abcd-0000-4000-8000-00000000000g",
                "0123abcd-0000-4000-8000-000000000000\n",
            ],
        ),
        Sample::fixed(
            "^(tkn|sso)[a-z0-9]{25}$",
            &["tknabcdefghijklmnopqrstuvwxy", "sso0123456789012345678901234"],
            &["tknAbcdefghijklmnopqrstuvwxy", "xknabcdefghijklmnopqrstuvwxy", "tknabcdefghijklmnopqrstuvwx\n"],
        ),
        Sample::fixed(
            "^(terms-of-use|privacy-policy)$",
            &["terms-of-use", "privacy-policy"],
            &["", "terms", "Terms-of-use", "terms-of-use\n", "terms-of-useprivacy-policy"],
        ),
        Sample::letters(r"[\x21\x23-\x5B\x5D-\x7E]+", '"')
            .tested(&["!#/[]~"], &["a b", "a\"", "a\\", "a\u{7f}", "a\n", "é"]),
        Sample::letters(r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+", '/')
            .tested(&["!#.0[]~"], &["a/b", "a b", "a\"", "a\\", "a\u{7f}", "a\n", "é"]),
        Sample::grown(
            "arn:aws:iam::0:a",
            r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?",
            '?',
        )
        .tested(
            &["arn:aws:sns:eu-west-1:000000000000:a:b:c", "arn:aws-cn:iam::1:role/a=b,c.d@e+f"],
            &[
                "arn:aws:iam::000000000000:",
                "arn:aws:iam::eleven:role/a",
                "ARN:aws:iam::000000000000:role/a",
                "arn:aws:iam::000000000000:a:b:c:d",
                "arn:aws:iam::000000000000:role/a\n",
                "arn:aws:iam::000000000000:role/é",
            ],
        ),
        Sample::grown(
            "arn:aws:iam::0:a",
            r"(arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?)?",
            '?',
        )
        .or_empty()
        .tested(&["", "arn:aws:sns:eu-west-1:0:a:b:c"], &["a", "arn:", "\n", "arn:aws:iam::0:a\n"]),
        Sample::grown(
            "arn:aws:s3:::a",
            r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:::[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?",
            '?',
        )
        .tested(
            &["arn:aws:s3:::a:b:c"],
            &["arn:aws:s3:::", "arn:aws:s3::0:a", "arn:aws:s3:::a:b:c:d", "arn:aws:s3:::a\n"],
        ),
        Sample::letters(r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+", '\u{1}').tested(
            &["a b\tc\r\n", "é\u{301}€½¿", "\u{1f600}"],
            &["a\u{a0}", "a\u{b}", "\0", "\u{200b}", "a\u{2028}"],
        ),
        Sample::letters(r"[\w+]+", '-')
            .tested(&["_+9Z"], &["é", "a-b", "a b", "a\n", "\u{660}", "a\u{301}"]),
        Sample::letters(r"[\w\s+=,.@-]+", '!').tested(
            &["a b\t\n\r\u{b}\u{c}+=,.@-_9"],
            &["é", "a/b", "a\u{a0}", "a\u{85}", "a\u{2003}"],
        ),
        Sample::letters(r"[\w\s+=.@-]+", ',').tested(&["a b\n+=.@-_9"], &["é", "a,b", "a\u{a0}"]),
        Sample::letters(r"[\S]+", ' ').tested(
            &["é", "a\u{a0}b", "\u{2003}", "\u{1}\u{85}\u{2028}"],
            &["a b", "a\n", "\ta", "a\u{b}", "a\u{c}", "\ra"],
        ),
        Sample::grown("aa", r"^[\S]+.*[\S]+$", ' ').tested(
            &["a b", "a \t b", "\u{a0}\u{2003}", "é\u{301}", "a\u{2028}b", "\u{1f600}!"],
            &["a", " ab", "ab ", "\tab", "ab\n", "a\nb", "a \u{85} b"],
        ),
        Sample::letters(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", ' ').tested(
            &["é\u{301}€½¿", "\u{1f600}", "_-+"],
            &["a b", "a\n", "a\u{a0}", "a\u{200b}", "a\u{7}", "\u{e000}"],
        ),
        Sample::letters(r"^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$", ' ')
            .tested(&["https://é.example/\u{1f600}"], &["a b", "a\n", "a\u{a0}", "a\u{7}"]),
        Sample::grown("a@a", r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+", ' ')
            .tested(&["é@é", "a@b@c"], &["a", "@a", "a@", "a@ a", "a@a\n", "a a@a"]),
        Sample::letters(r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*", '\u{1}').or_empty().tested(
            &["é\u{301}* \t\n\u{b}\r"],
            &["abcdef\u{a0}", "abcdef\0", "abcdef\u{2028}"],
        ),
        Sample::letters(r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]+", '\u{1}')
            .tested(&["é\u{301}* \t\n\u{b}\r"], &["abcdef\u{a0}", "abcdef\0"]),
        Sample::letters(r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+", '\u{1}')
            .tested(&["é \t\n\u{b}\r"], &["a\u{a0}", "a\u{2003}", "\0"]),
        Sample::letters(
            r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*",
            'x',
        )
        .ending("{####}")
        .tested(
            &["{####}", "é {####}\n*", "{####}{####}"],
            &["abcdef", "{###}a", "{#####}", "{####}\u{a0}", "\0{####}"],
        ),
        Sample::letters(
            r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{##[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*##\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*",
            'x',
        )
        .ending("{####}")
        .tested(
            &["{####}", "é {##Click\nhere##} *"],
            &["{##abc", "{###}a", "{## a #}", "{##a##}\u{a0}", "{##\u{a0}##}"],
        ),
        Sample::letters(r".*\{####\}.*", 'x').ending("{####}").tested(
            &["{####}", "é\u{1}\u{a0}{####} \t"],
            &[
                "abcdef",
                "{###}a",
                "\n{####}",
                "{####}\n",
                "{####}\r",
                "\u{85}{####}",
                "{####}\u{2028}",
                "\u{2029}{####}",
            ],
        ),
        Sample::letters(r"[\w+-]+", '!').tested(&["a+-_9"], &["é", "a b", "a.b", "a\n"]),
        Sample::letters("[A-Za-z0-9-_+/=.]+", '!')
            .tested(&["aZ9-_+/=."], &["é", "a b", "a:b", "a@b", "a~", "a\n"]),
        Sample::letters("[A-Za-z0-9-_=.]+", '!')
            .tested(&["aZ9-_=."], &["é", "a b", "a:b", "a@b", "a+b", "a/b", "a\n"]),
        Sample::letters("^[0-9a-fA-F]+$", 'g').tested(&["09afAF"], &["0x1", "a g", "a\n", "\u{660}"]),
        Sample::letters(r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+", '\u{1}').tested(
            &["a b\u{a0}c\u{2003}\u{2028}", "é\u{1f600}"],
            &["a\n", "a\tb", "\u{200b}", "\0"],
        ),
        Sample::grown("aaa", r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+", '_').tested(
            &["a_a", "é-\u{1f600}", "\n!\n"],
            &["ab", "_aa", " aa", "a a", "a\na", "aa ", "aa_", "aa\u{a0}a"],
        ),
        Sample::letters(r"^[\w\- ]+$", '!').tested(&["a b-_9"], &["é", "a\tb", "a\n", "a.b"]),
        Sample::letters("^[a-zA-Z0-9_-]+$", '.').tested(&["aZ9_-"], &["é", "a b", "a.b", "a\n"]),
        Sample::letters(r"[\w+=/]+", '-').tested(&["aZ9_+=/"], &["é", "a-b", "a b", "a\n"]),
        Sample::letters("^[a-z0-9]+$", 'A').tested(&["az09"], &["Z", "a-b", "a\n", "é"]),
        Sample::grown("https://a", r"^https://[^\s]+$", '!').tested(
            &["https://é/\u{a0}?#"],
            &["http://aaaaaa", "ahttps://aaa", "https://a bcd", "https://abcd\n"],
        ),
        Sample::grown("https://a", r"^https://[!$-;=@-\[\]_a-z~]+$", '?').tested(
            &["https://*.A[0]/~;@", "https://!$%&'()+,-._"],
            &["http://aaaaaa", "https://aaaa?", "https://aaaa\\", "https://aaaa^", "https://aaaa<"],
        ),
        Sample::fixed(
            r"^[0-9a-f]{8}\b-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-\b[0-9a-f]{12}$",
            &["01234567-89ab-cdef-0123-456789abcdef"],
            &["01234567-89ab-cdef-0123-456789abcdeg", "01234567-89ab-cdef-0123-456789abcde\n", "0123456789abcdef0123456789abcdef0123"],
        ),
        Sample::grown("import-a", "import-[0-9a-zA-Z-]+", '!')
            .tested(&["import-aZ9-"], &["import-", "Import-a", "import_a", "import-a_", "import-a\n"]),
        Sample::grown("u_a", r"[\w-]+_[0-9a-zA-Z]+", '!').tested(
            &["us-east-1_aZ9", "-_0", "__0"],
            &["us-east-1", "_a", "a_", "a_a-a", "é_a", "a_é", "a_a\n", "a_a ", "a_\u{660}"],
        ),
    ]
});

pub(super) fn sample(pattern: &str) -> &'static Sample {
    let found = SAMPLES.iter().find(|sample| sample.pattern == pattern);
    found.unwrap_or_else(|| panic!("no sample for the pattern {pattern}"))
}
