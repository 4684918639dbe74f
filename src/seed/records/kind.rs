//! What the kinds of records that a pool or a user lists have in common.

use std::collections::HashSet;
use std::fmt::{self, Display};

use serde_json::Value;

use crate::ambient::Ambient;
use crate::api::{Timestamp, UserPoolType};
use crate::error::Result;
use crate::figures::Holdings;
use crate::seed::members::{Members, take_list};
use crate::seed::refusal::Refusal;
use crate::seed::report::Summary;
use crate::store::{ReadTx, WriteTx, Written};

/// A kind of record that its owner, a pool or a user, lists.
pub(in crate::seed) struct Kind<Owner> {
    /// The member of the owner that lists the records.
    pub(super) list: &'static str,
    /// The member that holds one record alone, as the bare answer of an operation has it; `None` if there is none.
    pub(super) alone: Option<&'static str>,
    /// What a message calls one of them.
    pub(super) noun: &'static str,
    /// Reads the record at a place of the seed and checks it against the settings of its pool.
    pub(super) read: Read<Owner>,
    /// All records of the owner in the registry, as a seed lists them.
    pub(super) export: fn(&ReadTx<'_>, &Owner) -> Result<Vec<Value>>,
    /// The number of an export's summary that counts the records; `None` if none does.
    pub(super) number: Option<fn(&mut Holdings) -> &mut u64>,
}

/// Reads a record: its place, its value, and the settings of its pool.
type Read<Owner> =
    fn(&dyn Display, Value, &UserPoolType) -> Result<Box<dyn Record<Owner>>, Refusal>;

/// A record of a seed that has been read and checked.
pub(in crate::seed) trait Record<Owner>: Send {
    /// What distinguishes the record from the owner's others of its kind.
    fn key(&self) -> &str;

    /// Writes the record, if it is not in the registry as the seed says.
    ///
    /// # Errors
    /// When the registry refuses the record, and when the store fails.
    fn put(&self, tx: &WriteTx<'_>, owner: &Owner, occasion: &Occasion<'_>) -> Result<Written>;
}

/// When a seed is applied, and where what it leaves to chance comes from.
#[derive(Clone, Copy)]
pub(in crate::seed) struct Occasion<'a> {
    pub(in crate::seed) now: Timestamp,
    pub(in crate::seed) chance: &'a Ambient,
}

/// The records that a seed lists of one owner, of all kinds.
pub(in crate::seed) struct Records<Owner>(Vec<Listed<Owner>>);

/// A record, and the member and position that it has in the seed.
struct Listed<Owner> {
    member: &'static str,
    /// `None` of a record that the member holds alone.
    index: Option<usize>,
    record: Box<dyn Record<Owner>>,
}

impl<Owner> Records<Owner> {
    /// Takes the lists of all `kinds` out of the owner's members; `prefix` stands before the names of the lists in places.
    ///
    /// # Errors
    /// When a record is refused, or given twice.
    pub(super) fn take(
        kinds: &[Kind<Owner>],
        prefix: &dyn Display,
        members: &mut Members,
        pool: &UserPoolType,
    ) -> Result<Self, Refusal> {
        let mut all = Vec::new();
        for kind in kinds {
            let values = take_list(prefix, members, kind.list)?;
            let listed = values.into_iter().enumerate();
            let listed = listed.map(|(index, value)| (kind.list, Some(index), value));
            let alone = kind
                .alone
                .and_then(|name| Some((name, members.remove(name)?)));
            let alone = alone.map(|(name, value)| (name, None, value));
            kind.read_all(prefix, listed.chain(alone), pool, &mut all)?;
        }
        Ok(Self(all))
    }

    /// Writes the records of an owner that has been written, and counts them.
    ///
    /// # Errors
    /// As [`Record::put`].
    pub(in crate::seed) fn put(
        &self,
        prefix: &dyn Display,
        tx: &WriteTx<'_>,
        owner: &Owner,
        occasion: &Occasion<'_>,
        summary: &mut Summary,
    ) -> Result<(), Refusal> {
        for listed in &self.0 {
            let written = listed.record.put(tx, owner, occasion);
            let place = place(prefix, listed.member, listed.index);
            summary.count(written.map_err(|error| Refusal::of(place, error))?);
        }
        Ok(())
    }
}

impl<Owner> Kind<Owner> {
    /// Whether the members of an owner have records of this kind.
    pub(super) fn is_in(&self, members: &Members) -> bool {
        let mut names = std::iter::once(self.list).chain(self.alone);
        names.any(|name| members.contains_key(name))
    }

    /// Reads records, each with the member and position that it has in the seed, and adds them to `all`.
    fn read_all(
        &self,
        prefix: &dyn Display,
        values: impl Iterator<Item = (&'static str, Option<usize>, Value)>,
        pool: &UserPoolType,
        all: &mut Vec<Listed<Owner>>,
    ) -> Result<(), Refusal> {
        let earlier = all.len();
        for (member, index, value) in values {
            let record = (self.read)(&place(prefix, member, index), value, pool)?;
            all.push(Listed {
                member,
                index,
                record,
            });
        }
        let mut seen = HashSet::new();
        let mut records = all.iter().skip(earlier);
        match records.find(|listed| !seen.insert(listed.record.key())) {
            None => Ok(()),
            Some(twice) => Err(Refusal::at(
                place(prefix, twice.member, twice.index),
                format!("the {} is given twice", self.noun),
            )),
        }
    }
}

/// Adds the lists of all `kinds` to the members of an exported owner, without those that are empty, and counts what is in them.
///
/// # Errors
/// When the store fails.
pub(super) fn export<Owner>(
    kinds: &[Kind<Owner>],
    tx: &ReadTx<'_>,
    owner: &Owner,
    members: &mut Members,
    holdings: &mut Holdings,
) -> Result<()> {
    for kind in kinds {
        let records = (kind.export)(tx, owner)?;
        if let Some(number) = kind.number {
            *number(holdings) += u64::try_from(records.len()).unwrap_or_default();
        }
        if !records.is_empty() {
            members.insert(kind.list.to_owned(), Value::Array(records));
        }
    }
    Ok(())
}

/// How a record was written of which a part is written apart from it.
pub(in crate::seed) fn with_part(written: Written, part_is_new: bool) -> Written {
    match written {
        Written::Unchanged if part_is_new => Written::Updated,
        Written::Unchanged | Written::Created | Written::Updated => written,
    }
}

fn place(prefix: &dyn Display, member: &str, index: Option<usize>) -> impl Display {
    fmt::from_fn(move |f| match index {
        Some(index) => write!(f, "{prefix}{member}[{index}]"),
        None => write!(f, "{prefix}{member}"),
    })
}
