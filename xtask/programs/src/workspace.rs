//! Where the project lies, and the commands that run in it.

use crate::environment;
use anyhow::{Context, Result};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The checked-out project.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the workspace that the running program belongs to.
    ///
    /// Cargo sets in which package it found the program; the folder known at
    /// build time is only for a program that is called without cargo.
    pub fn locate() -> Result<Self> {
        let manifest = environment::variable("CARGO_MANIFEST_DIR")
            .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest
            .ancestors()
            .find(|folder| folder.join("Cargo.lock").is_file());
        root.map(Self::at)
            .context("the program does not lie in a workspace")
    }

    /// Takes a folder as the workspace's root.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Returns the workspace's root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns a call of cargo in the root folder.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let program = environment::variable("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// Returns a call of git in the root folder.
    ///
    /// A git hook that calls xtask passes its own repository on through the
    /// environment; that must not turn the call away from the root folder.
    pub fn git(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .args(arguments)
            .current_dir(&self.root)
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .env_remove("GIT_WORK_TREE");
        command
    }

    /// Returns whether the root folder is a git checkout of its own.
    pub fn is_git_checkout(&self) -> bool {
        self.root.join(".git").exists()
    }
}
