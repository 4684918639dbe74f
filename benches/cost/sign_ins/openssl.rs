//! OpenSSL's exponentiation, as a yardstick for the server's: a program of a few lines, compiled where OpenSSL is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// Compiles the program in the directory. Returns `None` where OpenSSL is not installed with its headers.
pub(super) fn compile(directory: &Path) -> Option<PathBuf> {
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
    compiled.status.success().then_some(program)
}

/// The processor time of one exponentiation, in microseconds, on the numbers of [`super::srp::power`].
pub(super) fn power(program: &Path) -> Result<f64, Error> {
    let measured = Command::new(program).output()?;
    if !measured.status.success() {
        return Err("OpenSSL's exponentiation failed".into());
    }
    Ok(String::from_utf8(measured.stdout)?.trim().parse()?)
}
