//! A project outside the workspace, as a new user makes it.

use super::blocks::Program;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A project in a folder of its own, that has the manifest and the program of a README
/// and nothing else. In place of the registry it finds the crate in this workspace.
pub(crate) struct FreshProject {
    folder: tempfile::TempDir,
    name: String,
}

impl FreshProject {
    /// Makes the project. Its lock file is that of the workspace, so that what both
    /// use was downloaded already.
    pub(crate) fn new(name: &str, program: &Program) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{}",
            program.manifest
        );
        fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        fs::copy(
            workspace().join("Cargo.lock"),
            folder.path().join("Cargo.lock"),
        )
        .unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/main.rs"), &program.source).unwrap();
        Self {
            folder,
            name: name.to_owned(),
        }
    }

    /// Builds the program and returns its path.
    pub(crate) fn build(&self) -> PathBuf {
        self.cargo(&["build", "--quiet"]);
        target().join("debug").join(&self.name)
    }

    /// Returns the crates that the program is made of, its own included.
    pub(crate) fn crates(&self) -> Vec<String> {
        let tree = self.cargo(&[
            "tree", "-e", "normal", "--prefix", "none", "--format", "{p}",
        ]);
        let tree = String::from_utf8(tree.stdout).unwrap();
        let name_and_version = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let mut crates: Vec<_> = tree.lines().map(name_and_version).collect();
        crates.sort();
        crates.dedup();
        crates
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        let patch = |name: &str| {
            let path = workspace().join("crates").join(name);
            format!(
                "patch.crates-io.{name}.path={:?}",
                path.display().to_string()
            )
        };
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .args(["--offline", "--config", &patch("apikey-domain")])
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", target())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo {arguments:?}:\n{errors}");
        output
    }
}

fn workspace() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.join("../..").canonicalize().unwrap()
}

/// Shared by all projects and by the next run.
fn target() -> PathBuf {
    workspace().join("target/readme")
}
