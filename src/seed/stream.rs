//! Reading a seed piece by piece: first everything but its users, then the users, one at a time. A registry has few pools and
//! may have millions of users, and its pools may stand after their users in the text.
//!
//! An object that has a member twice is refused: while the first pass reads everything but the users, and while the second reads
//! the users.

use std::cell::Cell;
use std::fmt;
use std::io::Read;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use super::place::Place;

const POOLS: &str = "UserPools";
const USERS: &str = "Users";

/// The members of a user that hold a password in plain text.
const PASSWORDS: [&str; 2] = ["Password", "TemporaryPassword"];

/// A seed without its users.
pub(super) struct Outline {
    /// The text, its lists of users left empty.
    pub(super) value: Value,
    /// Whether a user has a password that is not a verifier yet.
    pub(super) has_passwords: bool,
}

/// Reads everything but the users.
///
/// # Errors
/// When the text is no JSON, or gives a member twice.
pub(super) fn outline(text: impl Read) -> serde_json::Result<Outline> {
    let has_passwords = Cell::new(false);
    let part = Part {
        kind: Kind::Seed,
        place: &Place::Root,
        has_passwords: &has_passwords,
    };
    let mut text = serde_json::Deserializer::from_reader(text);
    let value = part.deserialize(&mut text)?;
    text.end()?;
    Ok(Outline {
        value,
        has_passwords: has_passwords.get(),
    })
}

/// Why the users were not read to the end.
pub(super) enum Stop<E> {
    Unreadable(serde_json::Error),
    Refused(E),
}

/// Hands over the users of a seed that has been outlined: the index of the pool, the user's place, and the user.
///
/// # Errors
/// When the text is no JSON, when a user gives a member twice, and when `each` fails.
pub(super) fn users<E>(
    text: impl Read,
    mut each: impl FnMut(usize, &Place<'_>, Value) -> Result<(), E>,
) -> Result<(), Stop<E>> {
    let mut refused = None;
    let mut hand_over = |pool, place: &Place<'_>, user| match each(pool, place, user) {
        Ok(()) => true,
        Err(error) => {
            refused = Some(error);
            false
        }
    };
    let walk = Walk {
        kind: Kind::Seed,
        place: &Place::Root,
        pool: 0,
        hand_over: &mut hand_over,
    };
    let walked = walk.deserialize(&mut serde_json::Deserializer::from_reader(text));
    match (refused, walked) {
        (Some(error), _) => Err(Stop::Refused(error)),
        (None, Err(error)) => Err(Stop::Unreadable(error)),
        (None, Ok(())) => Ok(()),
    }
}

/// What a value of a seed is, as far as the users are looked for in it.
#[derive(Clone, Copy)]
enum Kind {
    /// The whole, or one of its pools.
    Seed,
    Pools,
    Users,
    User,
    /// Something without users.
    Other,
}

impl Kind {
    /// The kind of a member.
    fn of_member(self, name: &str) -> Self {
        match (self, name) {
            (Self::Seed, POOLS) => Self::Pools,
            (Self::Seed, USERS) => Self::Users,
            _ => Self::Other,
        }
    }

    /// The kind of an item.
    fn of_item(self) -> Self {
        match self {
            Self::Pools => Self::Seed,
            Self::Users => Self::User,
            Self::Seed | Self::User | Self::Other => Self::Other,
        }
    }
}

/// A value that is read, without the users in it.
struct Part<'p> {
    kind: Kind,
    place: &'p Place<'p>,
    has_passwords: &'p Cell<bool>,
}

impl<'p> Part<'p> {
    /// The kind and place of a member.
    fn member<'n>(&self, name: &'n str) -> (Kind, Place<'n>)
    where
        'p: 'n,
    {
        (self.kind.of_member(name), Place::Member(self.place, name))
    }

    fn inside<'i>(&'i self, kind: Kind, place: &'i Place<'i>) -> Part<'i> {
        Part {
            kind,
            place,
            has_passwords: self.has_passwords,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Value, D::Error> {
        text.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        if let Kind::User = self.kind {
            while let Some(IsPassword(is_password)) = members.next_key()? {
                members.next_value::<IgnoredAny>()?;
                self.has_passwords
                    .set(self.has_passwords.get() || is_password);
            }
            return Ok(Value::Null);
        }
        let mut read = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            match read.entry(name) {
                Entry::Vacant(member) => {
                    let (kind, place) = self.member(member.key());
                    let value = members.next_value_seed(self.inside(kind, &place))?;
                    member.insert(value);
                }
                Entry::Occupied(member) => {
                    let (_, place) = self.member(member.key());
                    return Err(A::Error::custom(format_args!("{place} is given twice")));
                }
            }
        }
        Ok(Value::Object(read))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let kind = self.kind.of_item();
        let mut read = Vec::new();
        for index in 0.. {
            let place = Place::Item(self.place, index);
            match items.next_element_seed(self.inside(kind, &place))? {
                Some(_) if matches!(kind, Kind::User) => {}
                Some(item) => read.push(item),
                None => break,
            }
        }
        Ok(Value::Array(read))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
}

/// Whether a member of a user is a password in plain text.
struct IsPassword(bool);

impl<'de> Deserialize<'de> for IsPassword {
    fn deserialize<D: Deserializer<'de>>(name: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = IsPassword;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a member")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<IsPassword, E> {
                Ok(IsPassword(PASSWORDS.contains(&name)))
            }
        }

        name.deserialize_identifier(Name)
    }
}

/// A value that is skipped, except for the users in it.
struct Walk<'w> {
    kind: Kind,
    place: &'w Place<'w>,
    pool: usize,
    /// Takes a user; returns whether to go on.
    hand_over: &'w mut dyn FnMut(usize, &Place<'_>, Value) -> bool,
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
