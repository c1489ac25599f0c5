//! The account that PostgreSQL runs under.

use crate::process;
use anyhow::{Context, Result};
use std::{io, os::unix::fs::chown, path::Path, process::Command};

/// The accounts that serve when root starts it, best first.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// An account that programs can run under.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) name: &'static str,
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Account {
    /// Returns an account without privileges where root is at work, as whom
    /// PostgreSQL refuses to run.
    pub(super) fn instead_of_root() -> Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let found = UNPRIVILEGED.into_iter().find_map(Self::named);
        found
            .context("PostgreSQL refuses to run as root, and there is no other account for it")
            .map(Some)
    }

    /// Makes the account the owner of a file or folder.
    pub(super) fn take_over(&self, path: &Path) -> io::Result<()> {
        chown(path, Some(self.user), Some(self.group))
    }

    fn named(name: &'static str) -> Option<Self> {
        let id = |option| {
            let printed = process::output(Command::new("id").args([option, name])).ok()?;
            printed.trim().parse().ok().filter(|id| *id != 0)
        };
        let (user, group) = (id("-u")?, id("-g")?);
        Some(Self { name, user, group })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_does_not_serve_and_an_unknown_account_neither() {
        assert!(Account::named("root").is_none());
        assert!(Account::named("no-such-account").is_none());
        assert!(Account::named("nobody").is_some());
    }
}
