//! The cryptography of passwords, as pure functions and types: no HTTP, no SQL, no clock; chance comes in by parameter.
//!
//! What proves something is compared in constant time. What must stay secret cannot be printed (`Sensitive`) and is wiped
//! when dropped (`Zeroizing`).

pub(crate) mod srp;
