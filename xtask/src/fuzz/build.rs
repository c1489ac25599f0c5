//! How the fuzz targets are built.

use anyhow::{Context, Result};
use std::{path::PathBuf, process::Command};
use xtask_programs::{process, workspace::Workspace};

/// The manifest of the targets, which are no part of the workspace.
pub(crate) const MANIFEST: &str = "fuzz/Cargo.toml";

/// What makes a program say which way it takes: the flags of cargo-fuzz, without a
/// sanitizer. What that finds beside panics, code without `unsafe` does not have; and it
/// needs a nightly compiler.
const FLAGS: [&str; 8] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "--cfg",
    "fuzzing",
];

/// Builds all targets and returns the folder of their programs.
pub(super) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let platform = platform()?;
    let folder = workspace.root().join("target/fuzz");
    let mut command = workspace.cargo(&["build", "--release", "--quiet", "--bins"]);
    command.args(["--manifest-path", MANIFEST, "--target", &platform]);
    command.arg("--target-dir").arg(&folder);
    // With a platform they are not for the programs that run while others are built.
    command.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f"));
    process::succeed(&mut command)?;
    Ok(folder.join(platform).join("release"))
}

/// Returns the platform that this is.
fn platform() -> Result<String> {
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}
