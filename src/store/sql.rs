//! What statements are bound to and what columns hold, the same for every engine.
//!
//! Statements number their parameters (`?1`, `?2`, …). A parameter is borrowed while it is bound, so binding allocates nothing.

use crate::error::Result;

/// The value of a parameter or of a column. Flags are the integers 0 and 1; times are integers, in the unit that the column's
/// name ends with (`_ms`, `_s`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl Value<'_> {
    /// What kind of value it is, in words.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Integer(_) => "an integer",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
        }
    }
}

/// A value that is kept.
pub(super) enum OwnedValue {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<Value<'_>> for OwnedValue {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer(number),
            Value::Text(text) => Self::Text(text.to_owned()),
            Value::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }
}

impl OwnedValue {
    /// The value, borrowed.
    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(*number),
            Self::Text(text) => Value::Text(text),
            Self::Blob(bytes) => Value::Blob(bytes),
        }
    }
}

/// What a parameter can be bound to.
pub(super) trait Bind {
    /// The value, borrowed.
    fn value(&self) -> Value<'_>;
}

impl Bind for i64 {
    fn value(&self) -> Value<'_> {
        Value::Integer(*self)
    }
}

impl Bind for u32 {
    fn value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl Bind for bool {
    fn value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl Bind for str {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Bind for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Bind for [u8] {
    fn value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl<const N: usize> Bind for [u8; N] {
    fn value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    fn value(&self) -> Value<'_> {
        (*self).value()
    }
}

impl<T: Bind> Bind for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::value)
    }
}

/// The parameters of a statement: a tuple, or an array or slice of one type; `()` for none.
pub(super) trait Params {
    /// Hands each value to `bind`, `?1` first.
    ///
    /// # Errors
    /// The first that `bind` returns.
    fn each<'a>(&'a self, bind: impl FnMut(Value<'a>) -> Result<()>) -> Result<()>;
}

impl<T: Bind> Params for [T] {
    fn each<'a>(&'a self, mut bind: impl FnMut(Value<'a>) -> Result<()>) -> Result<()> {
        self.iter().try_for_each(|one| bind(one.value()))
    }
}

impl<T: Bind, const N: usize> Params for [T; N] {
    fn each<'a>(&'a self, bind: impl FnMut(Value<'a>) -> Result<()>) -> Result<()> {
        self.as_slice().each(bind)
    }
}

impl<T: Params + ?Sized> Params for &T {
    fn each<'a>(&'a self, bind: impl FnMut(Value<'a>) -> Result<()>) -> Result<()> {
        (*self).each(bind)
    }
}

macro_rules! tuples_of {
    ($(($($name:ident)*))*) => {$(
        impl<$($name: Bind),*> Params for ($($name,)*) {
            #[expect(non_snake_case, reason = "the values are named as their types")]
            fn each<'a>(&'a self, mut bind: impl FnMut(Value<'a>) -> Result<()>) -> Result<()> {
                let ($($name,)*) = self;
                $(bind($name.value())?;)*
                Ok(())
            }
        }
    )*};
}

tuples_of! {
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
    (A B C D E F G)
    (A B C D E F G H)
    (A B C D E F G H I)
    (A B C D E F G H I J)
    (A B C D E F G H I J K)
    (A B C D E F G H I J K L)
}

impl Params for () {
    fn each<'a>(&'a self, _: impl FnMut(Value<'a>) -> Result<()>) -> Result<()> {
        Ok(())
    }
}

/// What a column can be read as.
pub(super) trait FromValue: Sized {
    /// What the column must hold, in words.
    const KIND: &'static str;

    /// Returns `None` if the value is of another kind, or out of range.
    fn from_value(value: Value<'_>) -> Option<Self>;
}

impl FromValue for i64 {
    const KIND: &'static str = "an integer";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(number),
            Value::Null | Value::Text(_) | Value::Blob(_) => None,
        }
    }
}

impl FromValue for u32 {
    const KIND: &'static str = "an integer from 0 to 4294967295";

    fn from_value(value: Value<'_>) -> Option<Self> {
        i64::from_value(value).and_then(|number| number.try_into().ok())
    }
}

impl FromValue for bool {
    const KIND: &'static str = "a flag";

    fn from_value(value: Value<'_>) -> Option<Self> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl FromValue for String {
    const KIND: &'static str = "text";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.to_owned()),
            Value::Null | Value::Integer(_) | Value::Blob(_) => None,
        }
    }
}

impl FromValue for Vec<u8> {
    const KIND: &'static str = "bytes";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Some(bytes.to_vec()),
            Value::Null | Value::Integer(_) | Value::Text(_) => None,
        }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    const KIND: &'static str = "bytes of its length";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Blob(bytes) => bytes.try_into().ok(),
            Value::Null | Value::Integer(_) | Value::Text(_) => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const KIND: &'static str = T::KIND;

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            Value::Integer(_) | Value::Text(_) | Value::Blob(_) => T::from_value(value).map(Some),
        }
    }
}
