//! A page of a list.

use crate::error::Result;

/// Some entries of a list, in its order.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Whether more entries follow.
    pub(crate) more: bool,
}

impl<T> Page<T> {
    /// A page of up to `limit` entries, of rows that were read with [`one_more`].
    pub(super) fn cut(mut rows: Vec<T>, limit: u32) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { items: rows, more }
    }

    /// The same page with each entry made another.
    ///
    /// # Errors
    /// The first that `make` returns.
    pub(super) fn try_map<U>(self, make: impl FnMut(T) -> Result<U>) -> Result<Page<U>> {
        Ok(Page {
            items: self.items.into_iter().map(make).collect::<Result<_>>()?,
            more: self.more,
        })
    }

    /// The entry after which the next page starts. Returns `None` if this is the last page.
    pub(crate) fn next_after(&self) -> Option<&T> {
        self.items.last().filter(|_| self.more)
    }
}

/// How many rows to read for a page of `limit` entries: one more shows whether the list goes on.
pub(super) fn one_more(limit: u32) -> i64 {
    i64::from(limit) + 1
}
