//! Seed files of which it is known what pools they are about. A document without the settings of its pool is about the pool that
//! its records name, or else the one that is named beside the files, or else the only one that the files name. The settings are
//! those of another document, or of the registry.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::file::{Part, SeedFile, named_pool, stopped, unreadable};
use super::members::Members;
use super::place::Place;
use super::records::kind::Records;
use super::records::pool::SeedPool;
use super::records::read_lists;
use super::records::rules::PoolRules;
use super::records::user::SeedUser;
use super::refusal::Refusal;
use super::source::Source;
use super::stream;
use crate::domain::pool::Pool;
use crate::error::Result;
use crate::ids::UserPoolId;
use crate::store::Store;

/// A seed file of which everything but the users has been read and checked.
pub(super) struct BoundFile {
    pub(super) path: PathBuf,
    pub(super) source: Source,
    /// What its documents say, in their order.
    pub(super) parts: Vec<BoundPart>,
    /// By its index, each document that is not a user alone, with the index of its first part.
    documents: BTreeMap<usize, usize>,
    /// The pool of the users who are documents alone; `None` if there are none.
    alone: Option<Arc<PoolRules>>,
    /// The group that all users of the file are in.
    group: Option<String>,
    /// Whether a user has a password that is not a verifier yet.
    pub(super) has_passwords: bool,
}

/// What a document says of one pool.
pub(super) struct BoundPart {
    /// What stands before the places of the pool's lists.
    pub(super) prefix: String,
    /// What the users are checked against: what holds when all files are applied.
    pub(super) rules: Arc<PoolRules>,
    /// The pool, if its settings stand here.
    pub(super) pool: Option<Box<SeedPool>>,
    pub(super) records: Records<Pool>,
}

/// A user of a file.
pub(super) struct FoundUser<'f> {
    /// The index of the document that lists the user; `None` of a user who is one alone.
    pub(super) document: Option<usize>,
    pub(super) place: &'f Place<'f>,
    pub(super) rules: &'f PoolRules,
    pub(super) user: SeedUser,
}

/// Finds out what pools the files are about; `named` is the one that is named beside them.
///
/// # Errors
/// When a document names no pool, when a pool is neither in the files nor in the registry, and when a record is refused.
pub(super) fn bind(
    store: &Store,
    mut files: Vec<SeedFile>,
    named: Option<UserPoolId>,
) -> Result<Vec<BoundFile>> {
    let otherwise = otherwise(&files, named);
    join_factors(&mut files, &otherwise)?;
    let mut pools = Pools {
        store,
        rules: in_files(&files),
        otherwise,
    };
    let bound = files.into_iter().map(|file| {
        let path = file.path.clone();
        let bound = file.bind(&mut pools);
        bound.map_err(|refusal| refusal.in_file(&path))
    });
    bound.collect()
}

/// The pools that the files are about.
struct Pools<'s> {
    store: &'s Store,
    /// Those that are known so far.
    rules: HashMap<UserPoolId, Arc<PoolRules>>,
    otherwise: Otherwise,
}

/// The pool of documents that name none, or why there is none.
type Otherwise = Result<UserPoolId, &'static str>;

/// The pools of which the files have the settings. What a file says of a pool holds over what another has said before.
fn in_files(files: &[SeedFile]) -> HashMap<UserPoolId, Arc<PoolRules>> {
    let parts = files.iter().flat_map(|file| &file.parts);
    let pools = parts.filter_map(|part| match part {
        Part::Pool(pool, _) => Some((pool.rules.id.clone(), Arc::clone(&pool.rules))),
        Part::Lists(..) | Part::Factors(..) => None,
    });
    pools.collect()
}

fn otherwise(files: &[SeedFile], named: Option<UserPoolId>) -> Otherwise {
    if let Some(named) = named {
        return Ok(named);
    }
    let named: HashSet<UserPoolId> = files.iter().flat_map(SeedFile::named_pools).collect();
    let mut named = named.into_iter();
    match (named.next(), named.next()) {
        (None, _) => Err("this names no pool: name it by seed apply --pool"),
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => {
            Err("this names no pool, and the files name several: name it by seed apply --pool")
        }
    }
}

/// Adds the MFA settings that are documents alone to their pool, whose other settings the files have.
fn join_factors(files: &mut [SeedFile], otherwise: &Otherwise) -> Result<()> {
    let mut alone = Vec::new();
    for file in files.iter_mut() {
        for part in &mut file.parts {
            if let Part::Factors(place, members) = part {
                alone.push((file.path.clone(), *place, std::mem::take(members)));
            }
        }
    }
    for (path, place, members) in alone {
        let joined = join(files, otherwise, &place, members);
        joined.map_err(|refusal| refusal.in_file(&path))?;
    }
    Ok(())
}

/// Adds the MFA settings at `place` to the pool of documents that name none.
fn join(
    files: &mut [SeedFile],
    otherwise: &Otherwise,
    place: &Place<'_>,
    shown: Members,
) -> Result<(), Refusal> {
    let id = otherwise.as_ref().map_err(|why| Refusal::at(place, *why))?;
    let parts = files
        .iter_mut()
        .rev()
        .flat_map(|file| file.parts.iter_mut().rev());
    let mut pools = parts.filter_map(|part| match part {
        Part::Pool(pool, _) if pool.rules.id == *id => Some(pool),
        Part::Pool(..) | Part::Lists(..) | Part::Factors(..) => None,
    });
    match pools.next() {
        Some(pool) => pool.add_factors(place, shown),
        None => Err(Refusal::at(
            place,
            "MFA settings go with what describe-user-pool prints of the same pool",
        )),
    }
}

impl Pools<'_> {
    /// The rules of the pool with this id, or of the one that documents without an id are about.
    fn rules(
        &mut self,
        place: &dyn Display,
        id: Option<UserPoolId>,
    ) -> Result<Arc<PoolRules>, Refusal> {
        let id = id.map_or_else(|| self.otherwise.clone(), Ok);
        let id = id.map_err(|why| Refusal::at(place, why))?;
        if let Some(rules) = self.rules.get(&id) {
            return Ok(Arc::clone(rules));
        }
        let rules = self.kept(place, &id)?;
        self.rules.insert(id, Arc::clone(&rules));
        Ok(rules)
    }

    /// The rules of a pool of the registry.
    fn kept(&self, place: &dyn Display, id: &UserPoolId) -> Result<Arc<PoolRules>, Refusal> {
        let settings = self.store.read_now(|tx| {
            let pool = tx.find_pool(id)?;
            pool.map(|pool| tx.pool_settings(&pool)).transpose()
        });
        let settings = settings.map_err(|error| Refusal::of(place, error))?;
        let unknown = || {
            Refusal::at(
                place,
                format!("pool {id} is neither in the files nor in the registry"),
            )
        };
        let rules = PoolRules::of(id.clone(), settings.ok_or_else(unknown)?);
        rules.map(Arc::new).map_err(|why| Refusal::at(place, why))
    }
}

impl SeedFile {
    fn bind(self, pools: &mut Pools<'_>) -> Result<BoundFile, Refusal> {
        let parts = self.parts.into_iter().map(|part| part.bind(pools));
        let parts = parts.collect::<Result<_, _>>()?;
        let alone = self
            .has_users_alone
            .then(|| pools.rules(&Place::Document(0), None));
        Ok(BoundFile {
            path: self.path,
            source: self.source,
            parts,
            documents: self.documents,
            alone: alone.transpose()?,
            group: self.group,
            has_passwords: self.has_passwords,
        })
    }
}

impl Part {
    /// What the part says, once it is known what pool it is about. MFA settings have been added to their pool already.
    fn bind(self, pools: &mut Pools<'_>) -> Result<BoundPart, Refusal> {
        match self {
            Self::Pool(pool, records) => Ok(BoundPart {
                prefix: pool.prefix.clone(),
                rules: pools.rules(&pool.place, Some(pool.rules.id.clone()))?,
                pool: Some(pool),
                records,
            }),
            Self::Lists(place, members) | Self::Factors(place, members) => {
                let prefix = place.prefix().to_string();
                let rules = pools.rules(&place, named_pool(&members))?;
                Ok(BoundPart {
                    records: read_lists(&place, &prefix, members, &rules.settings)?,
                    prefix,
                    rules,
                    pool: None,
                })
            }
        }
    }
}

impl BoundFile {
    /// Hands over every user; `tell` hears how many bytes have been read.
    ///
    /// # Errors
    /// When the file cannot be read, when a user is refused, and when `each` fails.
    pub(super) fn each_user(
        &mut self,
        tell: impl FnMut(u64),
        mut each: impl FnMut(FoundUser<'_>) -> Result<(), Refusal>,
    ) -> Result<()> {
        let Self {
            path,
            source,
            parts,
            documents,
            alone,
            group,
            ..
        } = self;
        let hand_over = |document: usize, pool: usize, place: &Place<'_>, mut value| {
            let first = documents.get(&document);
            let listed = first.map(|first| parts.get(first + pool).map(|part| &part.rules));
            let rules = listed.unwrap_or(alone.as_ref());
            let rules = rules.ok_or_else(|| Refusal::changed(place))?;
            if let Some(group) = group {
                add_to_group(&mut value, group);
            }
            each(FoundUser {
                document: first.map(|_| document),
                place,
                rules,
                user: SeedUser::read(place, value, rules)?,
            })
        };
        let is_user = |document| !documents.contains_key(&document);
        let text = source.read(tell).map_err(|error| unreadable(&error));
        let walk = |text| stream::users(text, is_user, hand_over).map_err(stopped);
        text.and_then(walk)
            .map_err(|refusal: Refusal| refusal.in_file(path))
    }
}

/// Adds the group to those that a user of a seed is in.
fn add_to_group(user: &mut Value, group: &str) {
    let groups = user.as_object_mut().map(|user: &mut Members| {
        user.entry("Groups")
            .or_insert_with(|| Value::Array(Vec::new()))
    });
    if let Some(Value::Array(groups)) = groups {
        groups.push(Value::from(group));
    }
}
