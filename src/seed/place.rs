//! The place of a value in a seed, as messages name it.

use std::fmt::{self, Display};

/// Where a value stands in a seed; prints as `UserPools[0].Users[3]`, or `document 2: Users[3]` behind the first document of a
/// file.
#[derive(Clone, Copy)]
pub(super) enum Place<'p> {
    /// A whole document, by its index in the file.
    Document(usize),
    /// A member of the object at a place.
    Member(&'p Place<'p>, &'p str),
    /// An item of the list at a place.
    Item(&'p Place<'p>, usize),
}

impl Place<'_> {
    /// What stands before the names of the members of the object at this place.
    pub(super) fn prefix(&self) -> impl Display {
        fmt::from_fn(move |f| match self {
            Self::Document(0) => Ok(()),
            Self::Document(_) => write!(f, "{self}: "),
            Self::Member(..) | Self::Item(..) => write!(f, "{self}."),
        })
    }
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(0) => Ok(()),
            Self::Document(index) => write!(f, "document {}", index + 1),
            Self::Member(object, name) => write!(f, "{}{name}", object.prefix()),
            Self::Item(list, index) => write!(f, "{list}[{index}]"),
        }
    }
}
