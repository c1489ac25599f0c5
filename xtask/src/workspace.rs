//! Where the project lies, and the commands that run in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::environment;

/// The checked-out project.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the workspace that the running xtask belongs to.
    ///
    /// Cargo tells where it found xtask; the folder known at build time is
    /// only for a binary that is called without cargo.
    pub(crate) fn locate() -> Result<Self> {
        let manifest = environment::variable("CARGO_MANIFEST_DIR")
            .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest
            .parent()
            .context("xtask does not lie in a workspace")?;
        Ok(Self::at(root))
    }

    /// Takes a folder as the workspace's root.
    pub(crate) fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Gives the workspace's root folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Gives a call of cargo in the root folder.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let program = environment::variable("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// Gives a call of git in the root folder.
    ///
    /// A git hook that calls xtask passes its own repository on through the
    /// environment; that must not turn the call away from the root folder.
    pub(crate) fn git(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .args(arguments)
            .current_dir(&self.root)
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .env_remove("GIT_WORK_TREE");
        command
    }

    /// Answers whether the root folder is a git checkout of its own.
    pub(crate) fn is_git_checkout(&self) -> bool {
        self.root.join(".git").exists()
    }
}
