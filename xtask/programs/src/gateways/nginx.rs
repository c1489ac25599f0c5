//! nginx, from this machine or unpacked from Debian's package.

use crate::{
    environment,
    process::{self, succeed_on_stderr},
    workspace::Workspace,
};
use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where Debian keeps the program, outside the search path of most users.
const ADMINISTRATORS_FOLDER: &str = "/usr/sbin";

/// Where the package is unpacked, below the workspace's root.
const UNPACKED: &str = "target/gateways/nginx";

/// Finds nginx, or unpacks Debian's package.
///
/// The package is not installed: that would start a web server on this
/// machine, and only root may do it.
pub(super) fn find_or_install(workspace: &Workspace) -> Result<PathBuf> {
    let unpacked = workspace.root().join(UNPACKED);
    if let Some(found) = find(&unpacked) {
        return Ok(found);
    }
    eprintln!("nginx is missing: unpacking the package nginx below {UNPACKED}");
    unpack(&unpacked)
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

fn unpack(folder: &Path) -> Result<()> {
    let downloads = folder.join("package");
    fs::create_dir_all(&downloads)
        .with_context(|| format!("cannot make {}", downloads.display()))?;
    if rustix::process::geteuid().is_root() {
        succeed_on_stderr(Command::new("apt-get").args(["-qq", "update"]))?;
    }
    let mut download = Command::new("apt-get");
    download.args(["-qq", "download", "nginx"]);
    succeed_on_stderr(download.current_dir(&downloads))?;
    for entry in fs::read_dir(&downloads)? {
        let mut extract = Command::new("dpkg-deb");
        extract.arg("--extract").arg(entry?.path()).arg(folder);
        succeed_on_stderr(&mut extract)?;
    }
    Ok(())
}
