//! Passes the versions a run records on to the library: burn's, from the lock file, and rustc's.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let lock = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../Cargo.lock");
    println!("cargo:rerun-if-changed={}", lock.display());
    println!("cargo:rerun-if-changed=build.rs");
    let burn = locked_version(&fs::read_to_string(&lock)?, "burn")
        .ok_or("Cargo.lock names no version of burn")?;
    println!("cargo:rustc-env=STUDY_BURN_VERSION={burn}");
    let rustc = Command::new(env::var("RUSTC")?).arg("--version").output()?;
    let rustc = String::from_utf8(rustc.stdout)?;
    println!("cargo:rustc-env=STUDY_RUSTC_VERSION={}", rustc.trim());
    Ok(())
}

/// The version of `package` in the text of a lock file.
fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    Some(version.trim_end_matches('"').to_owned())
}
