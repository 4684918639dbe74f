//! Devices in a sign-in: the challenges that a remembered device answers.

mod changes;
mod keys;
mod proof;
mod refusals;
