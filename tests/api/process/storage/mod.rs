//! The registry on disk: what was answered is kept, and a file that cannot be used is left as it is.

mod durability;
mod refusals;
