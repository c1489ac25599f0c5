//! The files that belong to the project.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xtask_programs::process;
use xtask_programs::workspace::Workspace;

/// Folders that hold no files of the project, for a workspace without git.
const FOREIGN_FOLDERS: [&str; 3] = [".git", "data", "target"];

/// The project's files, by their path from the workspace's root.
pub(crate) struct ProjectFiles {
    root: PathBuf,
    paths: BTreeSet<String>,
}

// === impl ProjectFiles ===

impl ProjectFiles {
    /// Lists the files that git knows or would add; all files where the
    /// workspace is no git checkout.
    ///
    /// # Errors
    ///
    /// When git fails or a folder cannot be read.
    pub(crate) fn list(workspace: &Workspace) -> Result<Self> {
        let root = workspace.root().to_owned();
        let mut paths = BTreeSet::new();
        if workspace.is_git_checkout() {
            let listing = process::output(&mut workspace.git(&[
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ]))?;
            // Git also lists files that are deleted but not yet committed so.
            let present = |path: &&str| root.join(path).is_file();
            paths.extend(listing.split('\0').filter(present).map(str::to_owned));
        } else {
            walk(&root, &root, &mut paths)?;
        }
        Ok(Self { root, paths })
    }

    /// Returns the workspace's root.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns all paths, sorted, with `/` between folders.
    pub(crate) fn paths(&self) -> &BTreeSet<String> {
        &self.paths
    }

    /// Returns the text of a file, or nothing when it is missing or no UTF-8.
    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }

    /// Returns the Rust source files with their text.
    pub(crate) fn rust_sources(&self) -> impl Iterator<Item = (&str, String)> {
        self.texts().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// Returns the text files with their text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, String)> {
        self.paths
            .iter()
            .filter_map(|path| Some((path.as_str(), self.text(path)?)))
    }
}

fn walk(root: &Path, folder: &Path, paths: &mut BTreeSet<String>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let is_foreign = FOREIGN_FOLDERS
            .iter()
            .any(|name| entry.file_name() == *name);
        if entry.file_type()?.is_dir() {
            if !is_foreign {
                walk(root, &path, paths)?;
            }
        } else if let Some(relative) = path.strip_prefix(root)?.to_str() {
            paths.insert(relative.to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use tempfile::TempDir;

    /// A project in a temporary folder.
    pub(crate) struct Sample {
        folder: TempDir,
    }

    impl Sample {
        /// Writes files, each given by its path and text.
        pub(crate) fn of(files: &[(&str, &str)]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            for (path, text) in files {
                let path = folder.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Self { folder }
        }

        /// Lists the files that were written.
        pub(crate) fn files(&self) -> ProjectFiles {
            ProjectFiles::list(&self.workspace()).unwrap()
        }

        fn workspace(&self) -> Workspace {
            Workspace::at(self.folder.path())
        }
    }

    fn paths(sample: &Sample) -> Vec<String> {
        sample.files().paths().iter().cloned().collect()
    }

    #[test]
    fn without_git_the_folders_are_walked() {
        let sample = Sample::of(&[("a/b.rs", ""), ("README.md", ""), ("target/x.rs", "")]);
        assert_eq!(paths(&sample), ["README.md", "a/b.rs"]);
    }

    #[test]
    fn with_git_ignored_and_deleted_files_do_not_count() {
        let sample = Sample::of(&[
            (".gitignore", "/built\n"),
            ("built/x.rs", ""),
            ("kept.rs", ""),
            ("deleted.rs", ""),
        ]);
        let workspace = sample.workspace();
        process::output(&mut workspace.git(&["init", "--quiet"])).unwrap();
        process::output(&mut workspace.git(&["add", "deleted.rs"])).unwrap();
        fs::remove_file(sample.folder.path().join("deleted.rs")).unwrap();
        assert_eq!(paths(&sample), [".gitignore", "kept.rs"]);
    }

    #[test]
    fn a_file_that_is_no_text_has_none() {
        let sample = Sample::of(&[("a.rs", "text")]);
        fs::write(sample.folder.path().join("b.rs"), [0xff, 0xfe]).unwrap();
        let files = sample.files();
        assert_eq!(files.text("a.rs").as_deref(), Some("text"));
        assert_eq!(files.text("b.rs"), None);
        assert_eq!(files.text("c.rs"), None);
        assert_eq!(files.rust_sources().count(), 1);
    }
}
