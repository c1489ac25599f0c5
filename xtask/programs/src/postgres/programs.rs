//! PostgreSQL's programs on this machine.

use crate::{apt, environment};
use anyhow::{Context, Result, bail};
use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// What must lie together in one folder.
const NEEDED: [&str; 4] = ["initdb", "pg_basebackup", "pg_ctl", "postgres"];

/// Where Debian keeps the programs of each version, outside the search path.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Returns the folder of the programs, or installs them where that needs no
/// question: as root, on a system with `apt-get`.
///
/// # Errors
///
/// If they are missing and cannot be installed.
pub fn find_or_install() -> Result<PathBuf> {
    let search_path = environment::variable("PATH").unwrap_or_default();
    let find = || find_in(&search_path, Path::new(VERSIONS));
    if let Some(found) = find() {
        return Ok(found);
    }
    if !apt::install(&["postgresql"])? {
        bail!(
            "PostgreSQL is missing: install it so that {} are in PATH or below {VERSIONS}, \
             or name a server in APIKEY_TEST_POSTGRES_URL",
            NEEDED.join(", ")
        );
    }
    find().context("PostgreSQL was installed, but its programs are nowhere")
}

fn find_in(search_path: &OsStr, versions: &Path) -> Option<PathBuf> {
    env::split_paths(search_path)
        .chain(newest_first(versions))
        .find(|folder| NEEDED.iter().all(|name| folder.join(name).is_file()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folder_is_taken_that_has_all_programs_then_the_newest_version() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str, programs: &[&str]| {
            let place = folder.path().join(name);
            fs::create_dir_all(&place).unwrap();
            for program in programs {
                fs::write(place.join(program), "").unwrap();
            }
            place
        };
        let incomplete = place("path", &NEEDED[..2]);
        place("9/bin", &NEEDED);
        let newest = place("17/bin", &NEEDED);
        place("18/bin", &NEEDED[1..]);
        let found = || find_in(incomplete.as_os_str(), folder.path());
        assert_eq!(found(), Some(newest));
        assert_eq!(place("path", &NEEDED), found().unwrap());
    }
}
