//! The program of the release before, built from the history of this project.

use crate::{process, workspace::Workspace};
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Which commit it is. Move this with each release, to the last commit of the one that is
/// the release before then, and write the fixture of `cargo xtask upgrade-test` anew.
const COMMIT: &str = include_str!("release_before.txt");

/// Where it is built and kept, below the root of the workspace.
const FOLDER: &str = "target/release-before";

/// Where its source and what its build leaves lie meanwhile, beside the program.
const SOURCE: &str = "source";
const BUILD: &str = "build";

/// The name of the program.
const PROGRAM: &str = "apikey-server";

/// Returns the commit of the release before.
pub fn commit() -> &'static str {
    COMMIT.trim()
}

/// Returns the program of the release before. It is built if it was not yet, which takes some
/// minutes.
///
/// # Errors
///
/// If this clone does not have the commit, or it cannot be built.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.root().join(FOLDER).join(commit());
    let program = folder.join(PROGRAM);
    if program.is_file() {
        return Ok(program);
    }
    require_commit(workspace)?;
    println!("building the release before, {}", commit());
    let (source, built) = (folder.join(SOURCE), folder.join(BUILD));
    unpack(workspace, &source)?;
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--release", "--locked", "--package", PROGRAM])
        .current_dir(&source)
        .env("CARGO_TARGET_DIR", &built)
        // Its own toolchain is named in its source.
        .env_remove("RUSTUP_TOOLCHAIN");
    process::succeed(&mut cargo).context("the release before cannot be built")?;
    // Only what is complete has the name.
    fs::rename(built.join("release").join(PROGRAM), &program)?;
    fs::remove_dir_all(&source)?;
    fs::remove_dir_all(&built)?;
    Ok(program)
}

/// Demands that the history of this clone has the commit: that of a shallow one may end
/// before.
fn require_commit(workspace: &Workspace) -> Result<()> {
    ensure!(
        workspace.is_git_checkout(),
        "the release before is a commit of this project, and this is no clone of it: name its \
         program with --from"
    );
    let object = format!("{}^{{commit}}", commit());
    let mut look = workspace.git(&["cat-file", "-e", &object]);
    if look.stderr(Stdio::null()).status()?.success() {
        return Ok(());
    }
    bail!(
        "the release before is the commit {}, which this clone does not have: run `git fetch \
         --unshallow`, or name its program with --from",
        commit()
    )
}

fn unpack(workspace: &Workspace, source: &Path) -> Result<()> {
    if source.exists() {
        fs::remove_dir_all(source)?;
    }
    fs::create_dir_all(source)?;
    let archive = source.with_extension("tar");
    let output = format!("--output={}", archive.display());
    process::succeed(&mut workspace.git(&["archive", "--format=tar", &output, commit()]))?;
    let mut tar = Command::new("tar");
    tar.arg("-xf").arg(&archive).arg("-C").arg(source);
    process::succeed(&mut tar)?;
    Ok(fs::remove_file(archive)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_is_named_in_full() {
        let commit = commit();
        assert_eq!(commit.len(), 40, "{commit}");
        assert!(commit.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn a_clone_without_the_commit_is_told_how_to_get_it() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path());
        let error = build(&workspace).unwrap_err().to_string();
        assert!(error.contains("this is no clone of it"), "{error}");
        process::output(&mut workspace.git(&["init", "--quiet"])).unwrap();
        let error = build(&workspace).unwrap_err().to_string();
        assert!(error.contains("git fetch --unshallow"), "{error}");
        assert!(error.contains(commit()), "{error}");
    }
}
