//! Reading a seed piece by piece: first everything but its users, then the users, one at a time. A registry has few pools and
//! may have millions of users, and its pools may stand after their users in the text. A text has one JSON document or several
//! that follow each other; a document may be a user alone, as `admin-get-user` prints one.
//!
//! An object that has a member twice is refused: while the first pass reads everything but the users, and while the second reads
//! the users.

mod kind;
mod part;
mod walk;

use std::cell::Cell;
use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer};
use serde_json::Value;
use serde_json::de::IoRead;

use self::kind::Kind;
use self::part::{PASSWORDS, Part};
use self::walk::Walk;
use super::members::Members;
use super::place::Place;

/// Whether a document is a user alone.
pub(super) fn is_user(document: &Members) -> bool {
    document.contains_key("Username")
}

/// Reads everything but the users, and hands over each document with its index, its lists of users left empty. Returns whether a
/// user has a password that is not a verifier yet.
///
/// # Errors
/// When the text is no JSON, or gives a member twice, and when `each` fails.
pub(super) fn outline<E>(
    text: impl Read,
    mut each: impl FnMut(usize, Value) -> Result<(), E>,
) -> Result<bool, Stop<E>> {
    let has_passwords = Cell::new(false);
    each_document(text, |place, index, text| {
        let part = Part {
            kind: Kind::Seed,
            place,
            has_passwords: &has_passwords,
        };
        let document = part.deserialize(text).map_err(Stop::Unreadable)?;
        if let Some(user) = document.as_object().filter(|document| is_user(document)) {
            let is_password = |name: &&str| user.contains_key(*name);
            has_passwords.set(has_passwords.get() || PASSWORDS.iter().any(is_password));
        }
        each(index, document).map_err(Stop::Refused)
    })?;
    Ok(has_passwords.get())
}

/// Why a seed was not read to the end.
pub(super) enum Stop<E> {
    Unreadable(serde_json::Error),
    Refused(E),
}

/// Hands over the users of a seed that has been outlined: the index of the document, that of the pool in it, the user's place, and
/// the user. `is_user` tells which documents are users alone.
///
/// # Errors
/// When the text is no JSON, when a user gives a member twice, and when `each` fails.
pub(super) fn users<E>(
    text: impl Read,
    is_user: impl Fn(usize) -> bool,
    mut each: impl FnMut(usize, usize, &Place<'_>, Value) -> Result<(), E>,
) -> Result<(), Stop<E>> {
    each_document(text, |place, index, text| {
        let mut refused = None;
        let mut hand_over = |pool, place: &Place<'_>, user| {
            refused = each(index, pool, place, user).err();
            refused.is_none()
        };
        let walked = if is_user(index) {
            read_user(place, text).map(|user| {
                hand_over(0, place, user);
            })
        } else {
            let walk = Walk {
                kind: Kind::Seed,
                place,
                pool: 0,
                hand_over: &mut hand_over,
            };
            walk.deserialize(text)
        };
        match (refused, walked) {
            (Some(error), _) => Err(Stop::Refused(error)),
            (None, walked) => walked.map_err(Stop::Unreadable),
        }
    })
}

/// Reads a user who is a document alone.
fn read_user<'de>(
    place: &Place<'_>,
    text: impl Deserializer<'de, Error = serde_json::Error>,
) -> serde_json::Result<Value> {
    let part = Part {
        kind: Kind::Other,
        place,
        has_passwords: &Cell::new(false),
    };
    part.deserialize(text)
}

/// Reads the documents of a text, of which there is at least one.
///
/// # Errors
/// When what follows a document is no other one, and when `read` fails.
fn each_document<R: Read, E>(
    text: R,
    mut read: impl FnMut(
        &Place<'_>,
        usize,
        &mut serde_json::Deserializer<IoRead<R>>,
    ) -> Result<(), Stop<E>>,
) -> Result<(), Stop<E>> {
    let mut text = serde_json::Deserializer::from_reader(text);
    for index in 0.. {
        read(&Place::Document(index), index, &mut text)?;
        match text.end() {
            Ok(()) => break,
            Err(error) if error.is_io() => return Err(Stop::Unreadable(error)),
            // Another document follows.
            Err(_) => {}
        }
    }
    Ok(())
}
