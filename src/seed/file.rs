//! A seed file: its pools, which are read and checked at once, and its users, who are read one at a time.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::members::{no_others, object, take_list};
use super::place::Place;
use super::records::pool::SeedPool;
use super::records::user::SeedUser;
use super::refusal::{Refusal, SeedError};
use super::source::Source;
use super::stream::{self, Outline, Stop};
use crate::error::Result;

/// A seed file, of which everything but the users has been read and checked.
pub(crate) struct SeedFile {
    pub(super) path: PathBuf,
    pub(super) source: Source,
    pub(super) pools: Vec<SeedPool>,
    /// Whether a user has a password that is not a verifier yet.
    pub(super) has_passwords: bool,
}

impl SeedFile {
    /// Opens the files at `paths` for a server that stands for `region`, and checks all that they say but the users.
    ///
    /// # Errors
    /// [`SeedError::Unfit`] when a file cannot be read or is refused.
    pub(crate) fn read_all(paths: &[PathBuf], region: &str) -> Result<Vec<Self>, SeedError> {
        let files = paths.iter().map(|path| {
            let source = Source::open(path);
            let source = source.map_err(|error| SeedError::in_file(path, "", error))?;
            Self::read(path, source, region)
        });
        files.collect()
    }

    /// The same for a text; `path` stands for it in messages.
    ///
    /// # Errors
    /// As [`SeedFile::read_all`].
    pub(crate) fn parse(path: &Path, text: Vec<u8>, region: &str) -> Result<Self, SeedError> {
        Self::read(path, Source::of_text(text), region)
    }

    fn read(path: &Path, mut source: Source, region: &str) -> Result<Self, SeedError> {
        let (pools, has_passwords) =
            outline(&mut source, region).map_err(|refusal| refusal.in_file(path))?;
        Ok(Self {
            path: path.to_owned(),
            source,
            pools,
            has_passwords,
        })
    }
}

/// Reads the pools, and whether a user has a password that is not a verifier yet.
fn outline(source: &mut Source, region: &str) -> Result<(Vec<SeedPool>, bool), Refusal> {
    let text = source.read(|_| ()).map_err(|error| unreadable(&error))?;
    let Outline {
        value,
        has_passwords,
    } = stream::outline(text).map_err(|error| no_json(&error))?;
    Ok((pools(value, region)?, has_passwords))
}

fn pools(root: Value, region: &str) -> Result<Vec<SeedPool>, Refusal> {
    let mut root = object(&"", root)?;
    if !root.contains_key("UserPools") {
        return Ok(vec![SeedPool::read("", root, region)?]);
    }
    let entries = take_list(&"", &mut root, "UserPools")?;
    no_others(&"", &root)?;
    let mut pools = Vec::with_capacity(entries.len());
    let mut seen = HashSet::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let place = format!("UserPools[{index}]");
        let pool = SeedPool::read(&format!("{place}."), object(&place, entry)?, region)?;
        if !seen.insert(pool.id.clone()) {
            return Err(Refusal::at(&pool.place, "the pool is given twice"));
        }
        pools.push(pool);
    }
    Ok(pools)
}

/// Hands over every user of a file with the user's pool, which is one of `pools`, and place; `tell` hears how many bytes have
/// been read.
///
/// # Errors
/// When the file cannot be read, when a user is refused, and when `each` fails.
pub(super) fn each_user<P: AsRef<SeedPool>>(
    path: &Path,
    source: &mut Source,
    pools: &[P],
    tell: impl FnMut(u64),
    mut each: impl FnMut(&P, &Place<'_>, SeedUser) -> Result<(), Refusal>,
) -> Result<()> {
    let walk = |text| {
        let walked = stream::users(text, |pool, place, value| {
            let pool = pools.get(pool).ok_or_else(|| Refusal::changed(""))?;
            each(pool, place, SeedUser::read(place, value, pool.as_ref())?)
        });
        walked.map_err(|stop| match stop {
            Stop::Refused(refusal) => refusal,
            Stop::Unreadable(error) => no_json(&error),
        })
    };
    let text = source.read(tell);
    text.map_err(|error| unreadable(&error))
        .and_then(walk)
        .map_err(|refusal: Refusal| refusal.in_file(path))
}

fn unreadable(error: &io::Error) -> Refusal {
    Refusal::at("", error.to_string())
}

fn no_json(error: &serde_json::Error) -> Refusal {
    if error.is_io() {
        Refusal::at("", error.to_string())
    } else {
        Refusal::at("", format!("no JSON: {error}"))
    }
}
