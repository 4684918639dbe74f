//! The direction of the code: each module uses only what stands below it. Read from the `use crate::` lines, and from the
//! names of crates that belong in one place.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// The modules, outermost first; those of one line do not use each other.
const TIERS: [&[&str]; 13] = [
    &["cli", "fuzzing"],
    &["service"],
    &["http"],
    &["operations", "seed"],
    &["sign_in"],
    &["context"],
    &["store"],
    &["auth", "domain"],
    &["limits", "log"],
    &["settings"],
    &["access"],
    &["error"],
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
        ("PRAGMA", &["src/store/sqlite"]),
        ("EXPLAIN", &["src/store/sqlite"]),
        ("sqlite_schema", &["src/store/sqlite"]),
        ("actix_web", &["src/http", "src/service.rs"]),
        ("governor", &["src/limits.rs"]),
        ("Utc::now", &["src/ambient.rs"]),
        ("rand::", &["src/ambient.rs"]),
        ("crypto_bigint", &["src/auth/srp"]),
        ("aws_lc_rs", &["src/auth"]),
        ("totp_rs", &["src/auth/totp.rs"]),
        ("rustix", &["src/files.rs"]),
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
