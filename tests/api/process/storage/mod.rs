//! The registry on disk: what was answered is there, and a file that cannot be used is left as it is.

mod durability;
mod refusals;
