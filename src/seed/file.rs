//! A seed file: everything in it but its users. What it says of a pool whose settings it has is read and checked at once; the
//! rest waits until the settings are known (`bound`).

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::members::{Members, no_others, object, take_list};
use super::place::Place;
use super::records::kind::Records;
use super::records::pool::{SeedPool, has_factors};
use super::records::{has_lists_of_pool, read_lists};
use super::refusal::{Refusal, SeedError};
use super::source::Source;
use super::stream::{self, Stop};
use crate::domain::pool::Pool;
use crate::error::Result;
use crate::ids::UserPoolId;

/// Members that answers of AWS have beside what they show: how the next page is asked for, and what boto3 adds.
const IGNORED: [&str; 3] = ["NextToken", "PaginationToken", "ResponseMetadata"];

/// A seed file, of which everything but the users has been read.
pub(crate) struct SeedFile {
    pub(super) path: PathBuf,
    pub(super) source: Source,
    /// What its documents say, in their order.
    pub(super) parts: Vec<Part>,
    /// By its index, each document that is not a user alone, with the index of its first part.
    pub(super) documents: BTreeMap<usize, usize>,
    /// Whether there are documents that are users alone.
    pub(super) has_users_alone: bool,
    /// The group that all users of the file are in.
    pub(super) group: Option<String>,
    /// Whether a user has a password that is not a verifier yet.
    pub(super) has_passwords: bool,
}

/// What a document says of one pool.
pub(super) enum Part {
    /// A pool with its settings, and what it lists.
    Pool(Box<SeedPool>, Records<Pool>),
    /// Lists of a pool whose settings stand elsewhere, and the place of the document.
    Lists(Place<'static>, Members),
    /// MFA settings of a pool whose other settings stand elsewhere, and the place of the document.
    Factors(Place<'static>, Members),
}

impl SeedFile {
    /// Opens the files at `paths` for a server that stands for `region`, and checks what they say of pools whose settings they
    /// have.
    ///
    /// # Errors
    /// [`SeedError::Unfit`] when a file cannot be read or is refused.
    pub(crate) fn read_all(paths: &[PathBuf], region: &str) -> Result<Vec<Self>, SeedError> {
        let files = paths.iter().map(|path| Self::open(path, region, None));
        files.collect()
    }

    /// Opens a file of users who are in this group, and of nothing else.
    ///
    /// # Errors
    /// As [`SeedFile::read_all`].
    pub(crate) fn read_members(path: &Path, group: &str) -> Result<Self, SeedError> {
        Self::open(path, "", Some(group.to_owned()))
    }

    /// The same as [`SeedFile::read_all`] for a text; `path` stands for it in messages.
    ///
    /// # Errors
    /// As [`SeedFile::read_all`].
    pub(crate) fn parse(path: &Path, text: Vec<u8>, region: &str) -> Result<Self, SeedError> {
        Self::read(path, Source::of_text(text), region, None)
    }

    /// The same for a file that is open; `path` stands for it in messages.
    ///
    /// # Errors
    /// As [`SeedFile::read_all`].
    pub(crate) fn take(path: &Path, file: File, region: &str) -> Result<Self, SeedError> {
        let source = Source::of_file(file);
        let source = source.map_err(|error| SeedError::in_file(path, "", error))?;
        Self::read(path, source, region, None)
    }

    /// The ids of the pools that the file names.
    pub(super) fn named_pools(&self) -> impl Iterator<Item = UserPoolId> {
        self.parts.iter().filter_map(|part| match part {
            Part::Pool(pool, _) => Some(pool.rules.id.clone()),
            Part::Lists(_, members) => named_pool(members),
            Part::Factors(..) => None,
        })
    }

    fn open(path: &Path, region: &str, group: Option<String>) -> Result<Self, SeedError> {
        let source = Source::open(path);
        let source = source.map_err(|error| SeedError::in_file(path, "", error))?;
        Self::read(path, source, region, group)
    }

    fn read(
        path: &Path,
        source: Source,
        region: &str,
        group: Option<String>,
    ) -> Result<Self, SeedError> {
        let mut file = Self {
            path: path.to_owned(),
            source,
            parts: Vec::new(),
            documents: BTreeMap::new(),
            has_users_alone: false,
            group,
            has_passwords: false,
        };
        let outlined = file.outline(region);
        outlined.map_err(|refusal| refusal.in_file(path))?;
        Ok(file)
    }

    /// Reads what the documents say, and whether a user has a password that is not a verifier yet.
    fn outline(&mut self, region: &str) -> Result<(), Refusal> {
        let Self {
            source,
            parts,
            documents,
            has_users_alone,
            group,
            ..
        } = self;
        let mut seen = HashSet::new();
        let text = source.read(|_| ()).map_err(|error| unreadable(&error))?;
        let outlined = stream::outline(text, |index, value| {
            let place = Place::Document(index);
            let document = object(&place, value)?;
            let is_user = stream::is_user(&document);
            if group.is_some() {
                check_users_alone(&place, &document)?;
            }
            if is_user {
                *has_users_alone = true;
                return Ok(());
            }
            documents.insert(index, parts.len());
            for part in parts_of(index, document, region)? {
                check_is_new(&part, &mut seen)?;
                parts.push(part);
            }
            Ok(())
        });
        self.has_passwords = outlined.map_err(stopped)?;
        Ok(())
    }
}

/// What the document with this index says, a part for each pool.
fn parts_of(index: usize, mut document: Members, region: &str) -> Result<Vec<Part>, Refusal> {
    let place = Place::Document(index);
    for name in IGNORED {
        document.remove(name);
    }
    if document.contains_key("UserPools") {
        let pools = Place::Member(&place, "UserPools");
        let entries = take_list(&place.prefix(), &mut document, "UserPools")?;
        no_others(&place, &document)?;
        let entries = entries.into_iter().enumerate().map(|(index, entry)| {
            let place = Place::Item(&pools, index);
            pool(&place, object(&place, entry)?, region)
        });
        return entries.collect();
    }
    if document.contains_key("UserPoolClients") {
        let why = "list-user-pool-clients shows no settings of clients: take describe-user-pool-client for each";
        return Err(Refusal::at(place, why));
    }
    Ok(vec![if document.contains_key("UserPool") {
        pool(&place, document, region)?
    } else if has_lists_of_pool(&document) {
        Part::Lists(place, document)
    } else if has_factors(&document) {
        Part::Factors(place, document)
    } else {
        return Err(Refusal::at(place, "UserPool is missing"));
    }])
}

/// A pool with its settings, and what it lists.
fn pool(place: &Place<'_>, mut entry: Members, region: &str) -> Result<Part, Refusal> {
    let pool = SeedPool::take(place, &mut entry, region)?;
    let records = read_lists(place, &place.prefix(), entry, &pool.rules.settings)?;
    Ok(Part::Pool(Box::new(pool), records))
}

/// Refuses a pool that is one of those `seen` in the file, and adds it to them otherwise.
fn check_is_new(part: &Part, seen: &mut HashSet<UserPoolId>) -> Result<(), Refusal> {
    match part {
        Part::Pool(pool, _) if !seen.insert(pool.rules.id.clone()) => {
            Err(Refusal::at(&pool.place, "the pool is given twice"))
        }
        Part::Pool(..) | Part::Lists(..) | Part::Factors(..) => Ok(()),
    }
}

/// Refuses a document of a file of a group that is not users alone.
fn check_users_alone(place: &Place<'_>, document: &Members) -> Result<(), Refusal> {
    let mut names = document.keys().map(String::as_str);
    let is_fit = document.contains_key("Users")
        && names.all(|name| name == "Users" || IGNORED.contains(&name));
    if is_fit {
        return Ok(());
    }
    let why = "a file of a group (--group) is what list-users-in-group prints";
    Err(Refusal::at(place, why))
}

/// The pool that a record in these members names.
pub(super) fn named_pool(members: &Members) -> Option<UserPoolId> {
    fn search(value: &Value) -> Option<&str> {
        match value {
            Value::Array(items) => items.iter().find_map(search),
            Value::Object(members) => {
                let named = members.get("UserPoolId").and_then(Value::as_str);
                named.or_else(|| members.values().find_map(search))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }
    }
    let named = members.values().find_map(search)?;
    Some(UserPoolId::from(named.to_owned()))
}

/// Why a file was not read to the end.
pub(super) fn stopped(stop: Stop<Refusal>) -> Refusal {
    match stop {
        Stop::Refused(refusal) => refusal,
        Stop::Unreadable(error) if error.is_io() => Refusal::at("", error.to_string()),
        Stop::Unreadable(error) => Refusal::at("", format!("no JSON: {error}")),
    }
}

/// A file that cannot be read.
pub(super) fn unreadable(error: &io::Error) -> Refusal {
    Refusal::at("", error.to_string())
}
