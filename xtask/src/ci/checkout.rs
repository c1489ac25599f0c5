//! Whether the checks changed the files that they checked.

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{environment, process};

/// How the checked-out files differ from what git has, at one moment.
///
/// On a clean checkout there is no difference. Work that is not committed yet
/// may be there, as long as it stays as it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CheckoutState {
    /// Nothing where the workspace is no git checkout.
    difference: Option<Difference>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Difference {
    /// The changed lines of the files that git knows.
    lines: String,
    /// The files that are changed, or not known to git.
    files: String,
}

/// Where the checks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Where somebody works, maybe with changes that are not committed.
    Desk,
    /// Where commits are checked as they are.
    Server,
}

// === impl Place ===

impl Place {
    /// Tells the place by the variable `CI`, which servers set.
    pub(super) fn here() -> Self {
        match environment::variable("CI") {
            Some(_) => Self::Server,
            None => Self::Desk,
        }
    }
}

// === impl CheckoutState ===

impl CheckoutState {
    /// Looks at the files as they are now.
    ///
    /// # Errors
    ///
    /// When git fails.
    fn take(workspace: &Workspace) -> Result<Self> {
        if !workspace.is_git_checkout() {
            return Ok(Self { difference: None });
        }
        let lines = process::output(&mut workspace.git(&["diff", "--no-ext-diff", "--binary"]))?;
        let files = process::output(&mut workspace.git(&[
            "status",
            "--porcelain",
            "--untracked-files=all",
        ]))?;
        Ok(Self {
            difference: Some(Difference { lines, files }),
        })
    }

    /// Gives the state that the checks must leave: that of now for somebody at
    /// work, and no difference on a server that checks commits.
    ///
    /// There, also what changed before the checks began must show: cargo
    /// brings an outdated `Cargo.lock` up to date as it starts xtask.
    ///
    /// # Errors
    ///
    /// When git fails.
    pub(super) fn expected(workspace: &Workspace, place: Place) -> Result<Self> {
        let now = Self::take(workspace)?;
        match place {
            Place::Desk => Ok(now),
            Place::Server => Ok(Self {
                difference: now.difference.map(|_| Difference::default()),
            }),
        }
    }

    /// Demands that the files are still as they were.
    ///
    /// # Errors
    ///
    /// When git fails, and when a file changed, came or went.
    pub(super) fn must_still_hold(&self, workspace: &Workspace) -> Result<()> {
        let now = Self::take(workspace)?;
        if now == *self {
            return Ok(());
        }
        let files = now.difference.map(|difference| difference.files);
        bail!(
            "files are not as they were committed, or before the checks: look at `git diff` and \
             commit what is meant\n{}",
            files.unwrap_or_default().trim_end()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    fn checkout() -> (TempDir, Workspace) {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path());
        process::output(&mut workspace.git(&["init", "--quiet"])).unwrap();
        fs::write(folder.path().join("known"), "one\n").unwrap();
        process::output(&mut workspace.git(&["add", "known"])).unwrap();
        (folder, workspace)
    }

    #[test]
    fn work_in_progress_that_stays_is_fine() {
        let (folder, workspace) = checkout();
        fs::write(folder.path().join("known"), "two\n").unwrap();
        let before = CheckoutState::take(&workspace).unwrap();
        assert!(before.difference.is_some());
        before.must_still_hold(&workspace).unwrap();
    }

    #[test]
    fn a_rewritten_file_is_found() {
        let (folder, workspace) = checkout();
        let before = CheckoutState::take(&workspace).unwrap();
        fs::write(folder.path().join("known"), "two\n").unwrap();
        let error = before.must_still_hold(&workspace).unwrap_err().to_string();
        assert!(error.contains("known"), "{error}");
    }

    #[test]
    fn on_a_server_nothing_may_differ_from_the_start() {
        let (folder, workspace) = checkout();
        fs::write(folder.path().join("known"), "two\n").unwrap();
        let desk = CheckoutState::expected(&workspace, Place::Desk).unwrap();
        desk.must_still_hold(&workspace).unwrap();
        let server = CheckoutState::expected(&workspace, Place::Server).unwrap();
        let error = server.must_still_hold(&workspace).unwrap_err().to_string();
        assert!(error.contains("known"), "{error}");
    }

    #[test]
    fn a_file_that_is_rewritten_twice_is_found() {
        let (folder, workspace) = checkout();
        fs::write(folder.path().join("known"), "two\n").unwrap();
        let before = CheckoutState::take(&workspace).unwrap();
        fs::write(folder.path().join("known"), "three\n").unwrap();
        assert!(before.must_still_hold(&workspace).is_err());
    }

    #[test]
    fn a_new_file_is_found() {
        let (folder, workspace) = checkout();
        let before = CheckoutState::take(&workspace).unwrap();
        fs::write(folder.path().join("new.snap"), "").unwrap();
        let error = before.must_still_hold(&workspace).unwrap_err().to_string();
        assert!(error.contains("new.snap"), "{error}");
    }

    #[test]
    fn a_folder_outside_git_is_not_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path());
        let before = CheckoutState::take(&workspace).unwrap();
        fs::write(folder.path().join("new"), "").unwrap();
        before.must_still_hold(&workspace).unwrap();
    }
}
