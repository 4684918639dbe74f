//! The command line of Poolhouse.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A request makes a hundred small allocations; the system's allocator takes twice as long for them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    poolhouse::cli::run()
}
