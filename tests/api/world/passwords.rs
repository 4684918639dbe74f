//! The passwords of tests. The default policy of a pool accepts each.

/// The password of users who have one.
pub(crate) const PASSWORD: &str = "Tulip-Kettle-4417";

/// The temporary password of users whom an administrator created.
pub(crate) const TEMPORARY: &str = "Walnut-Bridge-9052";

/// A password that takes the place of another.
pub(crate) const NEW: &str = "Copper-Lantern-3381";

/// Another new password, for password histories.
pub(crate) const THIRD: &str = "Harbor-Candle-3381";
