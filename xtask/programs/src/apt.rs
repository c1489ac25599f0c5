//! Debian's packages, installed where that needs no question.

use crate::{environment, process};
use anyhow::Result;
use std::{fs::File, process::Command};

/// Installs packages and returns whether they could be: as root, on a system with
/// `apt-get`.
pub(crate) fn install(packages: &[&str]) -> Result<bool> {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root || !environment::is_program("apt-get") {
        return Ok(false);
    }
    eprintln!("installing {} with apt-get", packages.join(", "));
    // One at a time: what installs may run beside others that do.
    let lock = File::open("/etc/apt")?;
    lock.lock()?;
    apt_get(&["update"])?;
    let install = ["install", "-y", "--no-install-recommends"];
    apt_get(&[&install, packages].concat())?;
    Ok(true)
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    // The standard output may be read by a shell.
    process::succeed_on_stderr(
        Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}
