//! Parameters as PostgreSQL takes them, and columns as it gives them.
//!
//! A text cannot hold U+0000 in PostgreSQL. It is written as U+0001 and `0`, and U+0001 itself as U+0001 and `1`, which keeps the
//! order of texts.

use std::borrow::Cow;
use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::error::{ApiError, Result};
use crate::store::sql::Value;

/// A parameter, sent as what the statement takes in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound<'a>(pub(super) Value<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) => match *ty {
                Type::BOOL => (number != 0).to_sql(ty, out),
                Type::INT2 => i16::try_from(number)?.to_sql(ty, out),
                Type::INT4 => i32::try_from(number)?.to_sql(ty, out),
                Type::INT8 => number.to_sql(ty, out),
                _ => Err(format!("a number for a parameter of type {ty}").into()),
            },
            Value::Text(text) if <&str as ToSql>::accepts(ty) => written(text).to_sql(ty, out),
            Value::Blob(bytes) if *ty == Type::BYTEA => bytes.to_sql(ty, out),
            Value::Text(_) | Value::Blob(_) => {
                Err(format!("{} for a parameter of type {ty}", self.0.kind()).into())
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The text as it is kept.
fn written(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', '\u{1}']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('\u{1}', "\u{1}1").replace('\0', "\u{1}0"))
}

/// A kept text as it was given. Returns `None` if it is the same.
fn read(kept: &str) -> Option<String> {
    kept.contains('\u{1}')
        .then(|| kept.replace("\u{1}0", "\0").replace("\u{1}1", "\u{1}"))
}

/// A row that a statement has found.
pub(in crate::store) struct Found {
    row: Row,
    /// The texts that are kept otherwise than they were given, by column.
    texts: Vec<(usize, String)>,
}

impl From<Row> for Found {
    fn from(row: Row) -> Self {
        let columns = row.columns().iter().enumerate();
        let texts = columns
            .filter(|(_, column)| <&str as FromSql<'_>>::accepts(column.type_()))
            .filter_map(|(number, _)| {
                let kept: Option<&str> = row.try_get(number).ok()?;
                Some((number, read(kept?)?))
            });
        let texts = texts.collect();
        Self { row, texts }
    }
}

impl Found {
    /// What the column holds.
    ///
    /// # Errors
    /// `InternalErrorException` when the row has no such column, or it holds what no column of ours holds.
    pub(in crate::store) fn value(&self, column: usize) -> Result<Value<'_>> {
        let columns = self.row.columns();
        let ty = columns
            .get(column)
            .ok_or_else(|| ApiError::internal(format_args!("Invalid column index: {column}")))?
            .type_();
        let text = |text| match self.texts.iter().find(|(number, _)| *number == column) {
            Some((_, given)) => Value::Text(given),
            None => Value::Text(text),
        };
        let value = match *ty {
            Type::BOOL => self
                .get::<bool>(column)?
                .map(|flag| Value::Integer(flag.into())),
            Type::INT2 => self
                .get::<i16>(column)?
                .map(|number| Value::Integer(number.into())),
            Type::INT4 => self
                .get::<i32>(column)?
                .map(|number| Value::Integer(number.into())),
            Type::INT8 => self.get::<i64>(column)?.map(Value::Integer),
            Type::BYTEA => self.get::<&[u8]>(column)?.map(Value::Blob),
            _ if <&str as FromSql<'_>>::accepts(ty) => self.get::<&str>(column)?.map(text),
            _ => {
                let name = self.name(column);
                return Err(ApiError::internal(format_args!("{name} is of type {ty}")));
            }
        };
        Ok(value.unwrap_or(Value::Null))
    }

    fn get<'r, T: FromSql<'r>>(&'r self, column: usize) -> Result<Option<T>> {
        self.row.try_get(column).map_err(ApiError::internal)
    }

    /// How many columns there are.
    pub(in crate::store) fn width(&self) -> usize {
        self.row.len()
    }

    /// The column of this name.
    ///
    /// # Errors
    /// `InternalErrorException` when the row has none.
    pub(in crate::store) fn position(&self, name: &str) -> Result<usize> {
        let mut columns = self.row.columns().iter();
        columns
            .position(|column| column.name() == name)
            .ok_or_else(|| ApiError::internal(format_args!("Invalid column name: {name}")))
    }

    /// What the column is called.
    pub(in crate::store) fn name(&self, column: usize) -> &str {
        let column = self.row.columns().get(column);
        column.map_or("a column", |column| column.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_can_be_kept_and_keeps_its_place_in_the_order() {
        let texts = [
            "", "\0", "\0\0", "\0a", "\u{1}", "\u{1}0", "\u{2}", "a", "a\0b",
        ];
        let kept = texts.map(|text| written(text).into_owned());
        for (text, kept) in texts.iter().zip(&kept) {
            assert!(!kept.contains('\0'));
            assert_eq!(read(kept).as_deref().unwrap_or(kept), *text);
        }
        assert!(kept.is_sorted());
    }
}
