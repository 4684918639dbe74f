//! Statements on their way: as they are sent, and as they are kept until then.

use std::cell::{Cell, RefCell};

use bytes::BytesMut;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::values::Bound;
use crate::error::{ApiError, Result};
use crate::store::sql::{OwnedValue, Params};

/// A statement to be sent, with `before` and `more` added to its text.
pub(super) struct Sent<'a> {
    pub(super) sql: &'a str,
    pub(super) before: &'static str,
    pub(super) more: &'a str,
    pub(super) bound: Vec<Bound<'a>>,
}

/// What a statement has come to.
pub(super) struct Answer {
    pub(super) rows: Vec<Row>,
    pub(super) changed: u64,
}

impl<'a> Sent<'a> {
    /// The statement as it stands, with its parameters.
    ///
    /// # Errors
    /// None.
    pub(super) fn of(sql: &'a str, params: &'a impl Params) -> Result<Self> {
        let mut bound = Vec::new();
        params.each(|value| {
            bound.push(Bound(value));
            Ok(())
        })?;
        Ok(Self {
            sql,
            before: "",
            more: "",
            bound,
        })
    }

    /// Refuses what the client library would refuse to send: of several statements, it would send the others.
    pub(super) fn check(&self, statement: &Statement) -> Result<(), String> {
        let due = statement.params();
        if due.len() != self.bound.len() {
            let number = self.bound.len();
            return Err(format!(
                "{number} parameters for a statement of {}",
                due.len()
            ));
        }
        let mut scratch = BytesMut::new();
        for (bound, ty) in self.bound.iter().zip(due) {
            bound
                .to_sql(ty, &mut scratch)
                .map_err(|error| error.to_string())?;
            scratch.clear();
        }
        Ok(())
    }
}

/// A statement that is kept until it is sent.
pub(super) struct Kept {
    sql: String,
    before: &'static str,
    more: String,
    params: Vec<OwnedValue>,
}

impl Kept {
    pub(super) fn of(sent: &Sent<'_>) -> Self {
        let values = sent.bound.iter().map(|bound| bound.0);
        Self {
            sql: sent.sql.to_owned(),
            before: sent.before,
            more: sent.more.to_owned(),
            params: values.map(OwnedValue::from).collect(),
        }
    }

    pub(super) fn sent(&self) -> Sent<'_> {
        Sent {
            sql: &self.sql,
            before: self.before,
            more: &self.more,
            bound: self.params.iter().map(|one| Bound(one.value())).collect(),
        }
    }

    pub(super) fn is(&self, asked: &Sent<'_>) -> bool {
        let same_text =
            self.sql == asked.sql && self.before == asked.before && self.more == asked.more;
        let given = asked.bound.iter().map(|bound| bound.0);
        same_text && self.params.iter().map(OwnedValue::value).eq(given)
    }
}

/// What is written late.
pub(super) struct Late {
    pub(super) statement: Kept,
    /// What is said where another row has the key.
    pub(super) taken: Option<fn() -> ApiError>,
}

/// What is foreseen.
pub(super) struct Foreseen {
    pub(super) statement: Kept,
    /// `None` until it has been sent.
    pub(super) answer: Option<Answer>,
}

/// What a session sends at another time.
#[derive(Default)]
pub(super) struct Times {
    pub(super) late: RefCell<Vec<Late>>,
    pub(super) foreseen: RefCell<Vec<Foreseen>>,
    /// Whether statements are only noted at present.
    pub(super) is_foreseeing: Cell<bool>,
    /// Whether the transaction has written anything.
    pub(super) has_written: Cell<bool>,
}
