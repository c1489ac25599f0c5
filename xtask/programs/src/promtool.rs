//! Prometheus's tool that checks and tests rules, from this machine or unpacked from Debian's
//! package.

use crate::{debian_package::unpack, environment, process, workspace::Workspace};
use anyhow::{Context, Result};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Where the package is unpacked, below the workspace's root.
const UNPACKED: &str = "target/promtool";

/// Finds the tool, or unpacks Debian's package.
///
/// # Errors
///
/// If it is missing, and the package cannot be unpacked.
pub fn find_or_install(workspace: &Workspace) -> Result<PathBuf> {
    let unpacked = workspace.root().join(UNPACKED);
    if let Some(found) = find(&unpacked) {
        return Ok(found);
    }
    eprintln!("promtool is missing: unpacking the package prometheus below {UNPACKED}");
    unpack(&["prometheus".to_owned()], &unpacked)
        .and_then(|()| find(&unpacked).context("the unpacked program does not run"))
        .context("promtool is missing and its package cannot be unpacked: put it into PATH")
}

/// Finds a program that runs, in the search path first.
fn find(unpacked: &Path) -> Option<PathBuf> {
    environment::search_path()
        .into_iter()
        .chain([unpacked.join("usr/bin")])
        .map(|folder| folder.join("promtool"))
        .find(|program| process::output(Command::new(program).arg("--version")).is_ok())
}
