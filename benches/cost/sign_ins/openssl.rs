//! OpenSSL's exponentiation, as a yardstick for the server's: a program of a few lines, compiled where OpenSSL is installed.

use std::path::Path;
use std::process::Command;

/// The processor time of one exponentiation, in microseconds, on the numbers of [`super::srp::power`]. Returns `None` if the
/// program cannot be compiled or run here.
pub(super) fn power(directory: &Path) -> Option<f64> {
    let program = directory.join("exponentiation");
    let source = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/benches/cost/sign_ins/exponentiation.c"
    );
    let compiled = Command::new("cc")
        .args(["-O2", source, "-lcrypto", "-o"])
        .arg(&program)
        .output()
        .ok()?;
    if !compiled.status.success() {
        return None;
    }
    let measured = Command::new(&program).output().ok()?;
    let printed = String::from_utf8(measured.stdout).ok()?;
    measured
        .status
        .success()
        .then(|| printed.trim().parse().ok())?
}
