//! The direction of the code: each module uses only what stands below it. Read from the `use crate::` lines, and from the
//! names of crates that belong in one place.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules, outermost first; those of one line do not use each other.
const TIERS: [&[&str]; 15] = [
    &["cli", "fuzzing", "testing"],
    &["remote", "service"],
    &["http"],
    &["idp", "import", "mail", "operations", "seed"],
    &["accounts", "oauth2"],
    &["sign_in"],
    &["context"],
    &["otlp", "store"],
    &["auth", "domain", "fetch"],
    &["faults", "limits", "log"],
    &["settings"],
    &["access"],
    &["error"],
    &["metrics", "trace"],
    &[
        "ambient", "api", "figures", "files", "host", "ids", "mac", "quotas",
    ],
];

/// `api` and `ids` are one tier, and the only one whose members use each other.
const TOGETHER: [(&str, &str); 1] = [("api", "ids")];

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

fn tier(module: &str) -> usize {
    TIERS
        .iter()
        .position(|tier| tier.contains(&module))
        .unwrap_or_else(|| panic!("{module} has no tier"))
}

/// The module of a file, and the text of the file.
fn modules() -> Vec<(String, PathBuf, String)> {
    sources(Path::new("src"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let inside = path.strip_prefix("src").unwrap();
            let first = inside.iter().next().unwrap().to_str().unwrap();
            (
                first.trim_end_matches(".rs").to_owned(),
                path.clone(),
                fs::read_to_string(&path).unwrap(),
            )
        })
        .filter(|(module, _, _)| !["main", "lib"].contains(&module.as_str()))
        .collect()
}

#[test]
fn every_module_uses_only_what_stands_below_it() {
    let mut arrows = 0;
    for (module, path, text) in modules() {
        for used in text
            .match_indices("crate::")
            .map(|(at, found)| &text[at + found.len()..])
        {
            let used: String = used
                .chars()
                .take_while(|char| char.is_alphanumeric() || *char == '_')
                .collect();
            if used == module
                || used.is_empty()
                || TOGETHER.contains(&(module.as_str(), used.as_str()))
            {
                continue;
            }
            arrows += 1;
            assert!(
                tier(&module) < tier(&used),
                "{} uses {used}",
                path.display()
            );
        }
    }
    assert!(arrows > 50, "only {arrows} arrows were seen");
}

#[test]
fn each_outside_thing_has_one_place() {
    for (name, places) in [
        ("rusqlite", &["src/store/sqlite"][..]),
        ("r2d2", &["src/store/sqlite"]),
        (
            "tokio_postgres",
            &[
                "src/store/postgres",
                "src/store/conformance.rs",
                "src/settings/postgres.rs",
            ],
        ),
        ("rustls", &["src/fetch", "src/store/postgres"]),
        ("ureq", &["src/fetch"]),
        ("PRAGMA", &["src/store/sqlite"]),
        ("EXPLAIN", &["src/store/sqlite"]),
        ("sqlite_schema", &["src/store/sqlite"]),
        ("actix_web", &["src/http", "src/service.rs"]),
        ("governor", &["src/limits.rs"]),
        ("prometheus_client", &["src/http/control/metrics"]),
        ("prost", &["src/otlp"]),
        ("lettre", &["src/mail", "src/settings/smtp.rs"]),
        ("Utc::now", &["src/ambient.rs"]),
        ("rand::", &["src/ambient.rs"]),
        ("crypto_bigint", &["src/auth/srp"]),
        (
            "aws_lc_rs",
            &[
                "src/auth",
                "src/fetch/sender.rs",
                "src/store/postgres/tls.rs",
            ],
        ),
        ("rcgen", &["src/auth/certificate.rs"]),
        ("totp_rs", &["src/auth/totp.rs"]),
        ("rustix", &["src/context/spare_keys.rs", "src/files.rs"]),
        ("std::env::", &["src/cli/mod.rs"]),
    ] {
        for (_, path, text) in modules() {
            let allowed = places.iter().any(|place| path.starts_with(place));
            assert!(
                allowed || !text.contains(name),
                "{} names {name}",
                path.display()
            );
        }
    }
}

/// The module path of a file under `src`: `["sign_in", "client"]` for `src/sign_in/client.rs` and `["sign_in"]` for its `mod.rs`.
fn module_path(path: &Path) -> Vec<String> {
    let inside = path.strip_prefix("src").unwrap().with_extension("");
    let mut parts: Vec<String> = inside
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// Every path that a `use` statement names, its braces taken apart.
fn expand(prefix: &str, tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        return vec![format!("{prefix}{path}")];
    };
    let inner = &tree[open + 1..tree.rfind('}').unwrap()];
    let prefix = format!("{prefix}{}", &tree[..open]);
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, char) in inner.char_indices().chain([(inner.len(), ',')]) {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[start..at].trim().is_empty() {
                    found.extend(expand(&prefix, &inner[start..at]));
                }
                start = (at + 1).min(inner.len());
            }
            _ => {}
        }
    }
    found
}

/// The files that a file uses, by module path; those of its own folder's `mod.rs` and of the folders inside its own are left out,
/// since a folder is one thing to the outside.
fn used(own: &[String], text: &str, known: &BTreeSet<Vec<String>>) -> BTreeSet<Vec<String>> {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let statements = [
        "\nuse ",
        "\npub use ",
        "\npub(crate) use ",
        "\npub(super) use ",
    ]
    .into_iter()
    .flat_map(|start| text.split(start).skip(1))
    .filter_map(|rest| rest.split_once(';'));
    let named = statements.flat_map(|(tree, _)| expand("", tree));
    let inline = text.match_indices("crate::").map(|(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|char: char| !char.is_alphanumeric() && char != '_' && char != ':');
        rest[..end.unwrap_or(rest.len())].to_owned()
    });
    let parent = &own[..own.len().saturating_sub(1)];
    named
        .chain(inline)
        .filter_map(|path| {
            let parts: Vec<String> = path
                .split("::")
                .map(|part| part.trim().to_owned())
                .collect();
            let mut full: Vec<String> = match parts.first().map(String::as_str) {
                Some("crate") => parts[1..].to_vec(),
                Some("super") => parent.iter().cloned().chain(parts[1..].to_vec()).collect(),
                Some(_) => own.iter().cloned().chain(parts).collect(),
                None => return None,
            };
            while !full.is_empty() && !known.contains(&full) {
                full.pop();
            }
            let within = own.starts_with(&full) || full.starts_with(own);
            (!full.is_empty() && !within).then_some(full)
        })
        .collect()
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let files: Vec<(Vec<String>, String)> = modules()
        .into_iter()
        .map(|(_, path, text)| (module_path(&path), text))
        .collect();
    let known: BTreeSet<Vec<String>> = files.iter().map(|(path, _)| path.clone()).collect();
    let mut arrows: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = files
        .iter()
        .map(|(path, text)| (path.clone(), used(path, text, &known)))
        .collect();
    let count: usize = arrows.values().map(BTreeSet::len).sum();
    assert!(count > 300, "only {count} arrows were seen");
    // A file that uses none of the others, or is used by none of them, is in no circle.
    loop {
        let users: BTreeSet<Vec<String>> = arrows.keys().cloned().collect();
        let all_used: BTreeSet<Vec<String>> = arrows.values().flatten().cloned().collect();
        for used in arrows.values_mut() {
            used.retain(|used| users.contains(used));
        }
        let before = arrows.len();
        arrows.retain(|path, used| !used.is_empty() && all_used.contains(path));
        if arrows.len() == before {
            break;
        }
    }
    let circles: Vec<String> = arrows
        .iter()
        .map(|(path, used)| {
            let used: Vec<String> = used.iter().map(|path| path.join("::")).collect();
            format!("{} uses {}", path.join("::"), used.join(", "))
        })
        .collect();
    assert!(circles.is_empty(), "in a circle:\n{}", circles.join("\n"));
}
