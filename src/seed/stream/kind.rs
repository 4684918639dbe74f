//! What the values of a seed are, as far as its users are looked for.

const POOLS: &str = "UserPools";
const USERS: &str = "Users";

/// What a value of a seed is, as far as the users are looked for in it.
#[derive(Clone, Copy)]
pub(super) enum Kind {
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
    pub(super) fn of_member(self, name: &str) -> Self {
        match (self, name) {
            (Self::Seed, POOLS) => Self::Pools,
            (Self::Seed, USERS) => Self::Users,
            _ => Self::Other,
        }
    }

    /// The kind of an item.
    pub(super) fn of_item(self) -> Self {
        match self {
            Self::Pools => Self::Seed,
            Self::Users => Self::User,
            Self::Seed | Self::User | Self::Other => Self::Other,
        }
    }
}
