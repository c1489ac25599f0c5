//! Debian's packages, unpacked below a folder.

use crate::process::succeed_on_stderr;
use anyhow::{Context, Result};
use std::{fs, path::Path, process::Command};

/// Unpacks packages of these names into a folder. They are not installed: that would start
/// their services on this machine, and only root may do it.
pub(crate) fn unpack(packages: &[String], folder: &Path) -> Result<()> {
    let downloads = folder.join("package");
    fs::create_dir_all(&downloads)
        .with_context(|| format!("cannot make {}", downloads.display()))?;
    if rustix::process::geteuid().is_root() {
        succeed_on_stderr(Command::new("apt-get").args(["-qq", "update"]))?;
    }
    let mut download = Command::new("apt-get");
    download.args(["-qq", "download"]).args(packages);
    succeed_on_stderr(download.current_dir(&downloads))?;
    for entry in fs::read_dir(&downloads)? {
        let mut extract = Command::new("dpkg-deb");
        extract.arg("--extract").arg(entry?.path()).arg(folder);
        succeed_on_stderr(&mut extract)?;
    }
    Ok(())
}
