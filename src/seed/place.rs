//! The place of a value in a seed, as messages name it.

use std::fmt::{self, Display};

/// Where a value stands in a seed; prints as `UserPools[0].Users[3]`.
pub(super) enum Place<'p> {
    /// The whole.
    Root,
    /// A member of the object at a place.
    Member(&'p Place<'p>, &'p str),
    /// An item of the list at a place.
    Item(&'p Place<'p>, usize),
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => f.write_str(name),
            Self::Member(object, name) => write!(f, "{object}.{name}"),
            Self::Item(list, index) => write!(f, "{list}[{index}]"),
        }
    }
}
