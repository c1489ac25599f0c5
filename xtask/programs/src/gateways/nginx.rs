//! nginx, from this machine or unpacked from Debian's package.

use std::ffi::OsString;
use std::io::stderr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{environment, process};

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
        .context(
            "nginx is missing and its package cannot be unpacked: put nginx into PATH, \
             or name a program in that variable",
        )
}

fn find(unpacked: &Path) -> Option<PathBuf> {
    let search_path = environment::variable("PATH").unwrap_or_default();
    candidates(&search_path, unpacked)
        .into_iter()
        .find(|program| program.is_file() && runs(program))
}

/// Returns the places where nginx may be, the best first.
fn candidates(search_path: &OsString, unpacked: &Path) -> Vec<PathBuf> {
    env::split_paths(search_path)
        .chain([ADMINISTRATORS_FOLDER.into(), unpacked.join("usr/sbin")])
        .map(|folder| folder.join("nginx"))
        .collect()
}

fn runs(program: &Path) -> bool {
    process::output(Command::new(program).arg("-v")).is_ok()
}

fn unpack(folder: &Path) -> Result<()> {
    let downloads = folder.join("package");
    fs::create_dir_all(&downloads)
        .with_context(|| format!("cannot make {}", downloads.display()))?;
    if rustix::process::geteuid().is_root() {
        quietly(Command::new("apt-get").args(["-qq", "update"]))?;
    }
    let mut download = Command::new("apt-get");
    download.args(["-qq", "download", "nginx"]);
    quietly(download.current_dir(&downloads))?;
    for entry in fs::read_dir(&downloads)? {
        let mut extract = Command::new("dpkg-deb");
        extract.arg("--extract").arg(entry?.path()).arg(folder);
        quietly(&mut extract)?;
    }
    Ok(())
}

/// Runs a program whose words go to standard error: the standard output may be
/// read by a shell.
fn quietly(command: &mut Command) -> Result<()> {
    process::succeed(command.stdout(stderr()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_path_comes_first_and_the_unpacked_package_last() {
        let found = candidates(&"/first:/second".into(), Path::new("/unpacked"));
        let expected = [
            "/first/nginx",
            "/second/nginx",
            "/usr/sbin/nginx",
            "/unpacked/usr/sbin/nginx",
        ];
        assert_eq!(found, expected.map(PathBuf::from));
    }

    #[test]
    fn a_program_that_does_not_run_is_not_taken() {
        assert!(!runs(Path::new("/no/such/nginx")));
        assert!(!runs(Path::new("false")));
    }
}
