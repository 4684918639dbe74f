//! Handing over the users in a value that is skipped otherwise.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::kind::Kind;
use super::part::Part;
use crate::seed::place::Place;

/// A value that is skipped, except for the users in it.
pub(super) struct Walk<'w> {
    pub(super) kind: Kind,
    pub(super) place: &'w Place<'w>,
    /// The index of the pool in its document.
    pub(super) pool: usize,
    /// Takes a user; returns whether to go on.
    pub(super) hand_over: &'w mut dyn FnMut(usize, &Place<'_>, Value) -> bool,
}

impl Walk<'_> {
    fn inside<'i>(&'i mut self, kind: Kind, place: &'i Place<'i>, pool: usize) -> Walk<'i> {
        Walk {
            kind,
            place,
            pool,
            hand_over: self.hand_over,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<(), D::Error> {
        text.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the seed as it was when it was read first")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let (object, pool) = (self.place, self.pool);
        while let Some(name) = members.next_key::<String>()? {
            match self.kind.of_member(&name) {
                Kind::Other => drop(members.next_value::<IgnoredAny>()?),
                kind @ (Kind::Seed | Kind::Pools | Kind::Users | Kind::User) => {
                    let place = Place::Member(object, &name);
                    members.next_value_seed(self.inside(kind, &place, pool))?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let list = self.place;
        for index in 0.. {
            let place = Place::Item(list, index);
            let is_there = match self.kind {
                Kind::Pools => items
                    .next_element_seed(self.inside(Kind::Seed, &place, index))?
                    .is_some(),
                Kind::Users => self.next_user(&mut items, &place)?,
                Kind::Seed | Kind::User | Kind::Other => {
                    items.next_element::<IgnoredAny>()?.is_some()
                }
            };
            if !is_there {
                break;
            }
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

impl Walk<'_> {
    /// Reads and hands over the user at `place`; returns whether there is one.
    fn next_user<'de, A: SeqAccess<'de>>(
        &mut self,
        users: &mut A,
        place: &Place<'_>,
    ) -> Result<bool, A::Error> {
        let part = Part {
            kind: Kind::Other,
            place,
            has_passwords: &Cell::new(false),
        };
        let Some(user) = users.next_element_seed(part)? else {
            return Ok(false);
        };
        if (self.hand_over)(self.pool, place, user) {
            Ok(true)
        } else {
            Err(A::Error::custom("a user was refused"))
        }
    }
}
