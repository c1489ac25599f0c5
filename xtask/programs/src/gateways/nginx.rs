//! nginx, from this machine or unpacked from Debian's package.

use crate::{debian_package::unpack, environment, process, workspace::Workspace};
use anyhow::{Context, Result};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Where Debian keeps the program, outside the search path of most users.
const ADMINISTRATORS_FOLDER: &str = "/usr/sbin";

/// Where the package is unpacked, below the workspace's root.
const UNPACKED: &str = "target/gateways/nginx";

/// Finds nginx, or unpacks Debian's package.
pub(super) fn find_or_install(workspace: &Workspace) -> Result<PathBuf> {
    let unpacked = workspace.root().join(UNPACKED);
    if let Some(found) = find(&unpacked) {
        return Ok(found);
    }
    eprintln!("nginx is missing: unpacking the package nginx below {UNPACKED}");
    unpack(&["nginx".to_owned()], &unpacked)
        .and_then(|()| find(&unpacked).context("the unpacked program does not run"))
        .context("nginx is missing and its package cannot be unpacked: put nginx into PATH")
}

/// Finds a program that runs, in the search path first.
fn find(unpacked: &Path) -> Option<PathBuf> {
    environment::search_path()
        .into_iter()
        .chain([ADMINISTRATORS_FOLDER.into(), unpacked.join("usr/sbin")])
        .map(|folder| folder.join("nginx"))
        .find(|program| process::output(Command::new(program).arg("-v")).is_ok())
}
