//! Reading a value without the users in it.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use super::kind::Kind;
use crate::seed::place::Place;

/// The members of a user that hold a password in plain text.
pub(super) const PASSWORDS: [&str; 2] = ["Password", "TemporaryPassword"];

/// A value that is read, without the users in it.
pub(super) struct Part<'p> {
    pub(super) kind: Kind,
    pub(super) place: &'p Place<'p>,
    /// Becomes true when a user has a password that is not a verifier yet.
    pub(super) has_passwords: &'p Cell<bool>,
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
