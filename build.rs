//! Generates the API types, the error codes and the constraint tables from `model/cognito-idp.json` into `OUT_DIR/api.rs`.
//! `model/update` makes that file from a release of botocore. A trait that the generator does not know stops the build; it is
//! never skipped.

#[path = "build/emit.rs"]
mod emit;
#[path = "build/errors.rs"]
mod errors;
#[path = "build/java_regex.rs"]
mod java_regex;
#[path = "build/lower.rs"]
mod lower;
#[path = "build/model.rs"]
mod model;
#[path = "build/names.rs"]
mod names;
#[path = "build/output.rs"]
mod output;
#[path = "build/overrides.rs"]
mod overrides;
#[path = "build/reach.rs"]
mod reach;
#[path = "build/shapes.rs"]
mod shapes;

use std::path::Path;

const MODEL: &str = "model/cognito-idp.json";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={MODEL}");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=build.rs");
    let directory = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    let text = std::fs::read_to_string(MODEL).map_err(|error| format!("{MODEL}: {error}"))?;
    let model = model::parse(&text).map_err(|error| format!("{MODEL}: {error}"))?;
    let api = lower::lower(&model).map_err(|error| format!("{MODEL}: {error}"))?;
    std::fs::write(Path::new(&directory).join("api.rs"), emit::emit(&api))?;
    Ok(())
}
