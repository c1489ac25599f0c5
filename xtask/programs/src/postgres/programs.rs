//! PostgreSQL's programs on this machine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::{environment, process};

/// What must lie together in one folder.
const NEEDED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Where Debian keeps the programs of each version, outside the search path.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The folder of PostgreSQL's programs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Finds the programs, or installs them where that needs no question: as
    /// root, on a system with `apt-get`.
    pub(super) fn find_or_install() -> Result<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        if !may_install()? {
            bail!(
                "PostgreSQL is missing: install it so that {} are in PATH or below {VERSIONS}, \
                 or name a server in APIKEY_TEST_POSTGRES_URL",
                NEEDED.join(", ")
            );
        }
        install()?;
        Self::find().context("PostgreSQL was installed, but its programs are nowhere")
    }

    /// Returns the folder that holds the programs.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn find() -> Option<Self> {
        let search_path = environment::variable("PATH").unwrap_or_default();
        Self::find_in(&search_path, Path::new(VERSIONS))
    }

    fn find_in(search_path: &OsString, versions: &Path) -> Option<Self> {
        env::split_paths(search_path)
            .chain(newest_first(versions))
            .find(|folder| NEEDED.iter().all(|name| folder.join(name).is_file()))
            .map(|folder| Self { folder })
    }
}

/// Returns the folders of programs below Debian's folder of versions.
fn newest_first(versions: &Path) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(versions)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by(|left, right| right.cmp(left));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn may_install() -> Result<bool> {
    let is_root = rustix::process::geteuid().is_root();
    let search_path = environment::variable("PATH").unwrap_or_default();
    let has_installer =
        env::split_paths(&search_path).any(|folder| folder.join("apt-get").is_file());
    Ok(is_root && has_installer)
}

fn install() -> Result<()> {
    println!("PostgreSQL is missing: installing the package postgresql with apt-get");
    apt_get(&["update"])?;
    apt_get(&["install", "-y", "--no-install-recommends", "postgresql"])
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    process::succeed(
        Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(parent: &Path, name: &str, programs: &[&str]) -> PathBuf {
        let folder = parent.join(name);
        fs::create_dir_all(&folder).unwrap();
        for program in programs {
            fs::write(folder.join(program), "").unwrap();
        }
        folder
    }

    #[test]
    fn the_search_path_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let in_path = folder_with(folder.path(), "path", &NEEDED);
        folder_with(folder.path(), "versions/17/bin", &NEEDED);
        let found = Programs::find_in(&in_path.clone().into(), &folder.path().join("versions"));
        assert_eq!(found, Some(Programs { folder: in_path }));
    }

    #[test]
    fn the_newest_version_is_taken_by_number() {
        let folder = tempfile::tempdir().unwrap();
        folder_with(folder.path(), "9/bin", &NEEDED);
        let newest = folder_with(folder.path(), "17/bin", &NEEDED);
        folder_with(folder.path(), "15/bin", &NEEDED);
        folder_with(folder.path(), "18/bin", &["pg_config"]);
        let found = Programs::find_in(&OsString::new(), folder.path());
        assert_eq!(found, Some(Programs { folder: newest }));
    }

    #[test]
    fn a_folder_that_lacks_one_program_does_not_serve() {
        let folder = tempfile::tempdir().unwrap();
        let in_path = folder_with(folder.path(), "path", &["initdb", "pg_ctl"]);
        let found = Programs::find_in(&in_path.into(), &folder.path().join("versions"));
        assert_eq!(found, None);
    }
}
