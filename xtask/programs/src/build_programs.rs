//! What building the server takes beside Rust and a C compiler.

use crate::{apt, environment};
use anyhow::{Result, bail};
use std::{env, ffi::OsStr};

/// With which jemalloc is built, and the name of Debian's package.
const MAKE: &str = "make";

/// Finds `make`, or installs it where that needs no question.
///
/// # Errors
///
/// If it is missing and cannot be installed.
pub fn find_or_install() -> Result<()> {
    let search_path = environment::variable("PATH").unwrap_or_default();
    if is_on(&search_path, MAKE) || apt::install(MAKE)? {
        return Ok(());
    }
    bail!(
        "`{MAKE}` is missing: install it, or build the server without jemalloc, with \
         `--no-default-features`"
    )
}

/// Returns whether a program is in one of the folders of a search path.
fn is_on(search_path: &OsStr, program: &str) -> bool {
    env::split_paths(search_path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_looked_for_in_every_folder_of_the_search_path() {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let search_path = env::join_paths(folders.iter().map(|folder| folder.path())).unwrap();
        assert!(!is_on(&search_path, MAKE));
        std::fs::write(folders[1].path().join(MAKE), "").unwrap();
        assert!(is_on(&search_path, MAKE));
    }
}
