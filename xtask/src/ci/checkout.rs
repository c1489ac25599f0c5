//! Whether the checks changed the files that they checked.

use anyhow::{Result, bail};
use xtask_programs::{environment, process, workspace::Workspace};

/// How the checked-out files differ from what git has, at one moment.
///
/// On a clean checkout there is no difference. Work that is not committed yet
/// may be there, as long as it stays as it is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CheckoutState {
    /// The changed lines of the files that git knows.
    lines: String,
    /// The files that are changed, or not known to git.
    files: String,
}

// === impl CheckoutState ===

impl CheckoutState {
    /// Returns the state that the checks must leave: that of now for somebody at
    /// work, and no difference on a server that checks commits, which sets `CI`.
    ///
    /// There, also what changed before the checks began must show: cargo
    /// brings an outdated `Cargo.lock` up to date as it starts xtask.
    pub(super) fn expected(workspace: &Workspace) -> Result<Self> {
        match environment::variable("CI") {
            Some(_) => Ok(Self::default()),
            None => Self::take(workspace),
        }
    }

    /// Demands that the files are still as they were.
    pub(super) fn must_still_hold(&self, workspace: &Workspace) -> Result<()> {
        let now = Self::take(workspace)?;
        if now == *self {
            return Ok(());
        }
        bail!(
            "files are not as they were committed, or before the checks: look at `git diff` and \
             commit what is meant\n{}",
            now.files.trim_end()
        );
    }

    /// Looks at the files as they are now; there is no difference outside git.
    fn take(workspace: &Workspace) -> Result<Self> {
        if !workspace.is_git_checkout() {
            return Ok(Self::default());
        }
        let git = |arguments: &[&str]| process::output(&mut workspace.git(arguments));
        Ok(Self {
            lines: git(&["diff", "--no-ext-diff", "--binary"])?,
            files: git(&["status", "--porcelain", "--untracked-files=all"])?,
        })
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
    fn work_in_progress_may_stay_and_must_not_change() {
        let (folder, workspace) = checkout();
        fs::write(folder.path().join("known"), "two\n").unwrap();
        let before = CheckoutState::take(&workspace).unwrap();
        before.must_still_hold(&workspace).unwrap();
        fs::write(folder.path().join("known"), "three\n").unwrap();
        assert!(before.must_still_hold(&workspace).is_err());
    }

    #[test]
    fn on_a_server_nothing_may_differ_from_the_start() {
        let (folder, workspace) = checkout();
        fs::write(folder.path().join("known"), "two\n").unwrap();
        let server = CheckoutState::default();
        let error = server.must_still_hold(&workspace).unwrap_err().to_string();
        assert!(error.contains("known"), "{error}");
    }

    #[test]
    fn a_new_file_is_found() {
        let (folder, workspace) = checkout();
        let before = CheckoutState::take(&workspace).unwrap();
        fs::write(folder.path().join("new.snap"), "").unwrap();
        let error = before.must_still_hold(&workspace).unwrap_err().to_string();
        assert!(error.contains("new.snap"), "{error}");
    }
}
