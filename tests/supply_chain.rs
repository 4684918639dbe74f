//! What the project is built from, held to `deny.toml`: licences, sources, and versions that are there twice. It needs nothing
//! but Cargo; where cargo-deny is at hand, `make test` runs that, too.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;
use toml::Table;

/// The packages that are compiled on this machine, those of tests and of the build among them.
fn packages() -> Vec<Value> {
    let arguments = "metadata --locked --offline --filter-platform host-tuple --format-version 1";
    let output = Command::new(env!("CARGO"))
        .args(arguments.split(' '))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().clone();
    assert!(packages.len() > 100, "{}", packages.len());
    packages
}

fn rules() -> Table {
    include_str!("../deny.toml").parse().unwrap()
}

fn text<'v>(package: &'v Value, member: &str) -> &'v str {
    package[member].as_str().unwrap_or_default()
}

/// Whether a licence expression (SPDX, or the older form with a stroke) can be met with licences that are allowed.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let met = any_of(&mut words, allowed);
    assert_eq!(words.next(), None, "'{expression}' is no licence");
    met
}

type Words<'w> = std::iter::Peekable<std::str::SplitWhitespace<'w>>;

fn any_of(words: &mut Words<'_>, allowed: &BTreeSet<&str>) -> bool {
    let mut met = all_of(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut Words<'_>, allowed: &BTreeSet<&str>) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<&str>) -> bool {
    match words.next() {
        Some("(") => {
            let met = any_of(words, allowed);
            assert_eq!(words.next(), Some(")"));
            met
        }
        Some(name) if words.next_if_eq(&"WITH").is_some() => {
            let exception = words.next().unwrap();
            allowed.contains(format!("{name} WITH {exception}").as_str())
        }
        Some(name) => allowed.contains(name),
        None => false,
    }
}

#[test]
fn licence_expressions_are_understood() {
    let allowed = BTreeSet::from(["MIT", "Zlib"]);
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("MIT/GPL-3.0-only", true),
        ("GPL-3.0-only OR Zlib", true),
        ("MIT AND GPL-3.0-only", false),
        ("(GPL-3.0-only OR MIT) AND Zlib", true),
        ("GPL-3.0-only AND (MIT OR Zlib)", false),
        ("Apache-2.0 WITH LLVM-exception OR MIT", true),
        ("MIT WITH LLVM-exception", false),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed_and_every_allowed_licence_is_needed() {
    let rules = rules();
    let list = rules["licenses"]["allow"].as_array().unwrap();
    let allowed: BTreeSet<&str> = list.iter().filter_map(|name| name.as_str()).collect();
    let packages = packages();
    for package in &packages {
        let licence = text(package, "license");
        assert!(
            is_allowed(licence, &allowed),
            "{} has the licence '{licence}'",
            text(package, "id")
        );
    }
    for name in &allowed {
        let mut fewer = allowed.clone();
        fewer.remove(name);
        let fits_all = packages
            .iter()
            .all(|package| is_allowed(text(package, "license"), &fewer));
        assert!(!fits_all, "{name} is allowed for nothing");
    }
}

#[test]
fn every_dependency_comes_from_the_one_registry() {
    let packages = packages();
    let sources: BTreeSet<&str> = packages
        .iter()
        .filter(|package| text(package, "name") != env!("CARGO_PKG_NAME"))
        .map(|package| text(package, "source"))
        .collect();
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert!(sources.iter().all(|source| source.starts_with("registry+")));
}

#[test]
fn no_crate_is_there_twice_but_those_that_are_listed() {
    let packages = packages();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in &packages {
        let of_name = versions.entry(text(package, "name")).or_default();
        of_name.insert(text(package, "version"));
    }
    let rules = rules();
    let listed = rules["bans"]["skip"].as_array().unwrap().iter();
    let listed: BTreeSet<&str> = listed
        .map(|entry| {
            assert!(entry["reason"].as_str().is_some_and(|why| !why.is_empty()));
            entry["crate"].as_str().unwrap()
        })
        .collect();
    for entry in &listed {
        let (name, version) = entry.split_once('@').unwrap();
        let there = versions.get_mut(name).is_some_and(|of_name| {
            let twice = of_name.len() > 1;
            of_name.remove(version) && twice
        });
        assert!(there, "{entry} is listed, but not there beside another");
    }
    let twice: Vec<_> = versions
        .iter()
        .filter(|(_, of_name)| of_name.len() > 1)
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn the_fuzzer_is_built_from_the_same_packages_and_libfuzzer() {
    let locked = |text: &str| -> BTreeMap<String, String> {
        let lock: Table = text.parse().unwrap();
        let packages = lock["package"].as_array().unwrap().iter();
        packages
            .map(|package| {
                let text = |member: &str| package.get(member).and_then(|text| text.as_str());
                let name = format!("{} {}", text("name").unwrap(), text("version").unwrap());
                (name, text("checksum").unwrap_or_default().to_owned())
            })
            .collect()
    };
    let main = locked(include_str!("../Cargo.lock"));
    let fuzzer = locked(include_str!("../fuzz/Cargo.lock"));
    let own: BTreeSet<&str> = fuzzer
        .iter()
        .filter(|(name, checksum)| main.get(*name) != Some(*checksum))
        .map(|(name, _)| name.split_once(' ').unwrap().0)
        .collect();
    // `arbitrary` comes with libfuzzer-sys under this project's own two licences.
    let expected = BTreeSet::from(["arbitrary", "libfuzzer-sys", "poolhouse-fuzz"]);
    assert_eq!(own, expected, "update fuzz/Cargo.lock");
}
