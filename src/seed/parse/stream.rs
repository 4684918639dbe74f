//! Reading a seed piece by piece: first everything but its users, then the users, one at a time. A registry has few pools and
//! may have millions of users, and its pools may stand after their users in the text.

use std::fmt;
use std::io::Read;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};

const POOLS: &str = "UserPools";
const USERS: &str = "Users";

/// The members of a user that hold a password as it is.
const PASSWORDS: [&str; 2] = ["Password", "TemporaryPassword"];

/// A seed without its users.
pub(super) struct Outline {
    /// The text, its lists of users left empty.
    pub(super) value: Value,
    /// Whether a user has a password that has yet to be turned into a verifier.
    pub(super) has_passwords: bool,
}

/// Reads everything but the users.
pub(super) fn outline(text: impl Read) -> serde_json::Result<Outline> {
    let mut has_passwords = false;
    let part = Part {
        kind: Kind::Seed,
        has_passwords: &mut has_passwords,
    };
    let mut text = serde_json::Deserializer::from_reader(text);
    let value = part.deserialize(&mut text)?;
    text.end()?;
    Ok(Outline {
        value,
        has_passwords,
    })
}

/// Why the users were not gone through to the end.
pub(super) enum Stop<E> {
    Unreadable(serde_json::Error),
    Refused(E),
}

/// Hands over the users of a seed that has been outlined: the index of the pool, that of the user in it, and the user.
pub(super) fn users<E>(
    text: impl Read,
    mut each: impl FnMut(usize, usize, Value) -> Result<(), E>,
) -> Result<(), Stop<E>> {
    let mut refused = None;
    let mut hand_over = |pool, index, user| match each(pool, index, user) {
        Ok(()) => true,
        Err(error) => {
            refused = Some(error);
            false
        }
    };
    let walk = Walk {
        kind: Kind::Seed,
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

/// The parts of a seed on the way to its users.
#[derive(Clone, Copy)]
enum Kind {
    /// The whole, or one of its pools.
    Seed,
    Pools,
    Users,
    User,
}

impl Kind {
    /// What the member of a seed is, if it is one on the way.
    fn of_member(name: &str) -> Option<Self> {
        match name {
            POOLS => Some(Self::Pools),
            USERS => Some(Self::Users),
            _ => None,
        }
    }
}

/// A part that is read without its users.
struct Part<'p> {
    kind: Kind,
    has_passwords: &'p mut bool,
}

impl Part<'_> {
    fn inside(&mut self, kind: Kind) -> Part<'_> {
        Part {
            kind,
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

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        if let Kind::User = self.kind {
            while let Some(IsPassword(is_password)) = members.next_key()? {
                members.next_value::<IgnoredAny>()?;
                *self.has_passwords |= is_password;
            }
            return Ok(Value::Null);
        }
        while let Some(name) = members.next_key::<String>()? {
            let Some(kind) = Kind::of_member(&name) else {
                read.insert(name, members.next_value()?);
                continue;
            };
            if read.contains_key(&name) {
                return Err(A::Error::custom(format_args!("{name} is given twice")));
            }
            let value = members.next_value_seed(self.inside(kind))?;
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        match self.kind {
            Kind::Pools => {
                while let Some(pool) = items.next_element_seed(self.inside(Kind::Seed))? {
                    read.push(pool);
                }
            }
            Kind::Users => while items.next_element_seed(self.inside(Kind::User))?.is_some() {},
            Kind::Seed | Kind::User => {
                while let Some(item) = items.next_element()? {
                    read.push(item);
                }
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

/// Whether a member of a user is a password as it is.
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

/// A part that is read over, but for its users.
struct Walk<'w> {
    kind: Kind,
    pool: usize,
    /// Takes a user; whether to go on.
    hand_over: &'w mut dyn FnMut(usize, usize, Value) -> bool,
}

impl Walk<'_> {
    fn inside(&mut self, kind: Kind, pool: usize) -> Walk<'_> {
        Walk {
            kind,
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
        while let Some(name) = members.next_key::<String>()? {
            match Kind::of_member(&name) {
                Some(kind) => {
                    let pool = self.pool;
                    members.next_value_seed(self.inside(kind, pool))?;
                }
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        if let Kind::Pools = self.kind {
            let mut pool = 0;
            while items
                .next_element_seed(self.inside(Kind::Seed, pool))?
                .is_some()
            {
                pool += 1;
            }
            return Ok(());
        }
        let mut index = 0;
        while let Some(user) = items.next_element()? {
            if !(self.hand_over)(self.pool, index, user) {
                return Err(A::Error::custom("a user was refused"));
            }
            index += 1;
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}
