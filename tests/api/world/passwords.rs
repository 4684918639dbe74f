//! The passwords of tests. Each is good for the policy that a pool has by default.

/// The password of users who have one.
pub(crate) const PASSWORD: &str = "Tulip-Kettle-4417";

/// The temporary password of users whom an administrator created.
pub(crate) const TEMPORARY: &str = "Walnut-Bridge-9052";

/// A password that takes the place of another.
pub(crate) const NEW: &str = "Copper-Lantern-3381";

/// One more, for histories.
pub(crate) const THIRD: &str = "Harbor-Candle-3381";
