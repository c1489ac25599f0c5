//! PgBouncer, from this machine or unpacked from Debian's packages.

use crate::{debian_package::unpack, environment, process, workspace::Workspace};
use anyhow::{Context, Result};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// Where Debian keeps the program, outside the search path of most users.
const ADMINISTRATORS_FOLDER: &str = "/usr/sbin";

/// Where the packages are unpacked, below the workspace's root.
const UNPACKED: &str = "target/gateways/pgbouncer";

/// How the names of the libraries begin that a machine may lack.
const LIBRARIES: [&str; 3] = ["libevent", "libc-ares", "libcares"];

/// Finds PgBouncer, or unpacks Debian's package.
pub(super) fn find_or_install(workspace: &Workspace) -> Result<PathBuf> {
    let unpacked = workspace.root().join(UNPACKED);
    if let Some(found) = find(&unpacked) {
        return Ok(found);
    }
    eprintln!("PgBouncer is missing: unpacking the package pgbouncer below {UNPACKED}");
    install(&unpacked)
        .and_then(|()| find(&unpacked).context("the unpacked program does not run"))
        .context("PgBouncer is missing and its package cannot be unpacked: put pgbouncer into PATH")
}

/// Finds a program that runs, in the search path first.
fn find(unpacked: &Path) -> Option<PathBuf> {
    environment::search_path()
        .into_iter()
        .chain([ADMINISTRATORS_FOLDER.into(), unpacked.into()])
        .map(|folder| folder.join("pgbouncer"))
        .find(|program| process::output(Command::new(program).arg("--version")).is_ok())
}

/// Unpacks the program and its libraries, with a script that leads it to them.
fn install(folder: &Path) -> Result<()> {
    let depends = process::output(Command::new("apt-cache").args(["depends", "pgbouncer"]))?;
    let libraries = depends.lines().filter_map(|line| {
        let (_, name) = line.split_once("Depends: ")?;
        let is_needed = LIBRARIES.iter().any(|library| name.starts_with(library));
        is_needed.then(|| name.to_owned())
    });
    let mut packages = vec!["pgbouncer".to_owned()];
    packages.extend(libraries);
    unpack(&packages, folder)?;
    let script = folder.join("pgbouncer");
    let text = "#!/bin/sh\n\
        folder=$(dirname \"$0\")\n\
        for found in \"$folder\"/usr/lib/*-linux-gnu; do export LD_LIBRARY_PATH=\"$found\"; done\n\
        exec \"$folder/usr/sbin/pgbouncer\" \"$@\"\n";
    fs::write(&script, text).with_context(|| format!("cannot write {}", script.display()))?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    Ok(())
}
