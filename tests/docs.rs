//! What the documents say of the code: the tests that hold decisions exist, named files exist, quoted code stands in its file,
//! and links lead somewhere.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const DECISIONS: &str = "docs/decisions";

/// The files below a directory whose names have this extension.
fn files(directory: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![PathBuf::from(directory)];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("node_modules") {
                directories.push(path);
            } else if path.extension().is_some_and(|end| end == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Markdown pages of this repository.
fn pages() -> Vec<PathBuf> {
    let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(PathBuf::from);
    top.into_iter().chain(files("docs", "md")).collect()
}

/// What stands between two marks of a line, where both are there.
fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// The names of all tests: functions in Rust and Python, titles in JavaScript.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in [files("src", "rs"), files("tests", "rs")].concat() {
        let text = read(&path);
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            is_test |= line == "#[test]";
            if let Some(name) = between(line, "fn ", "()").filter(|_| is_test) {
                names.insert(name.to_owned());
                is_test = false;
            }
        }
    }
    for path in files("clients/python", "py") {
        let text = read(&path);
        let found = text
            .lines()
            .filter_map(|line| between(line, "def test_", "("));
        names.extend(found.map(|name| format!("test_{name}")));
    }
    for path in files("clients/javascript", "js") {
        let text = read(&path);
        let found = text
            .lines()
            .filter_map(|line| between(line, "test(\"", "\""));
        names.extend(found.map(str::to_owned));
    }
    names
}

/// The cells of each row of a page's tables, without heads and rules.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let rows = page.lines().filter_map(|line| {
        let inside = line.strip_prefix("| ")?.strip_suffix(" |")?;
        Some(inside.split(" | ").collect())
    });
    rows.filter(|cells: &Vec<_>| cells.first() != Some(&"Question"))
        .collect()
}

#[test]
fn each_decision_names_tests_that_exist() {
    let (tests, mut decisions) = (tests(), 0);
    assert!(tests.len() > 600, "only {} tests were found", tests.len());
    for path in files(DECISIONS, "md") {
        let text = read(&path);
        if path.ends_with("README.md") {
            continue;
        }
        for cells in rows(&text) {
            let [question, _, _, held_by] = cells[..] else {
                panic!("{}: not four cells: {cells:?}", path.display());
            };
            decisions += 1;
            let named: Vec<&str> = held_by.split('`').skip(1).step_by(2).collect();
            assert!(!named.is_empty(), "{}: no test: {question}", path.display());
            for name in named {
                assert!(
                    tests.contains(name),
                    "{}: there is no test {name}: {question}",
                    path.display()
                );
            }
        }
    }
    assert!(decisions > 120, "only {decisions} decisions were found");
}

#[test]
fn each_page_of_decisions_is_listed() {
    let list = read(&Path::new(DECISIONS).join("README.md"));
    for path in files(DECISIONS, "md") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let listed = name == "README.md" || list.contains(&format!("]({name})"));
        assert!(listed, "{} is not in the list of decisions", path.display());
    }
}

/// A heading as the anchor that leads to it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars()
        .filter(|char| char.is_alphanumeric() || [' ', '-', '_'].contains(char))
        .map(|char| if char == ' ' { '-' } else { char })
        .collect()
}

#[test]
fn each_link_leads_somewhere() {
    let mut links = 0;
    for page in pages() {
        let text = read(&page);
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
        {
            let target = link.0;
            if target.contains("://") || target.contains(' ') {
                continue;
            }
            links += 1;
            let (file, to) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => page.clone(),
                _ => page.parent().unwrap().join(file),
            };
            let context = format!("{}: {target}", page.display());
            assert!(path.exists(), "{context}");
            let mut headings = String::new();
            if !to.is_empty() {
                headings = read(&path);
            }
            let found = headings
                .lines()
                .any(|line| line.starts_with('#') && anchor(line) == to);
            assert!(to.is_empty() || found, "{context}");
        }
    }
    assert!(links > 50, "only {links} links were found");
}

/// The lines of a piece of text without what all of them are indented by.
fn flush(lines: &[&str]) -> Vec<String> {
    let indents = lines.iter().filter(|line| !line.trim().is_empty());
    let least = indents
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or_default();
    lines
        .iter()
        .map(|line| line.get(least..).unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn quoted_code_stands_in_the_file_that_is_named() {
    let text = read(Path::new("CONTRIBUTING.md"));
    let (mut named, mut quotes) = ("", 0);
    let mut block: Option<Vec<&str>> = None;
    for line in text.lines() {
        let (is_fence, kind) = (line.trim().starts_with("```"), line.trim());
        match block.take() {
            None if ["```rust", "```sql"].contains(&kind) => {
                assert!(!named.is_empty(), "quoted from nowhere: {kind}");
                block = Some(Vec::new());
            }
            None if !kind.is_empty() => named = between(kind, "From `", "`:").unwrap_or_default(),
            None => {}
            Some(quote) if is_fence => {
                let source = read(Path::new(named));
                let lines: Vec<&str> = source.lines().collect();
                let quote = flush(&quote);
                let found = lines
                    .windows(quote.len())
                    .any(|window| flush(window) == quote);
                assert!(found, "{named} does not have\n{}", quote.join("\n"));
                quotes += 1;
            }
            Some(mut quote) => {
                quote.push(line);
                block = Some(quote);
            }
        }
    }
    assert!(quotes > 3, "only {quotes} quotes were found");
}

#[test]
fn files_of_code_that_pages_name_exist() {
    let mut sources = Vec::new();
    for directory in ["src", "tests", "clients", "examples", "build", "benches"] {
        sources.extend(files(directory, "rs"));
        sources.extend(files(directory, "py"));
    }
    let mut named = 0;
    for page in pages() {
        let text = read(&page);
        let is_path = |char: char| char.is_alphanumeric() || ['_', '/', '.'].contains(&char);
        // A fence may name the file that a reader writes.
        let lines = text.lines().filter(|line| !line.starts_with("```"));
        for word in lines.flat_map(|line| line.split(|char| !is_path(char))) {
            let path = Path::new(word);
            let is_code = path
                .extension()
                .is_some_and(|end| ["rs", "py"].contains(&end.to_str().unwrap()));
            if !is_code || path.file_stem().is_none() {
                continue;
            }
            named += 1;
            // `build.rs` stands at the top.
            let found = path.exists() || sources.iter().any(|source| source.ends_with(path));
            assert!(found, "{} names {word}", page.display());
        }
    }
    assert!(named > 30, "only {named} files were named");
}
