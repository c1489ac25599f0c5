//! A clock that is wrong for one process: libfaketime, loaded into it.

use crate::apt;
use anyhow::{Context, Result, bail};
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// What is loaded; this one is for programs with several threads.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// Where systems keep libraries; some have a folder for each architecture in it.
const FOLDERS: [&str; 3] = ["/usr/lib", "/usr/lib64", "/usr/local/lib"];

/// The name of Debian's package.
const PACKAGE: &str = "faketime";

/// Returns the variables with which a program sees a time of day that is off by so
/// much, such as `+100d`. The library is found, or installed where that needs no
/// question. Clocks that only measure how much time passes are as they were.
pub fn variables(offset: &str) -> Result<[(&'static str, OsString); 4]> {
    let library = find_or_install()?;
    Ok([
        ("LD_PRELOAD", library.into()),
        ("FAKETIME", offset.into()),
        // Each version of the library knows one of these two.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ("DONT_FAKE_MONOTONIC", "1".into()),
    ])
}

fn find_or_install() -> Result<PathBuf> {
    let find = || {
        FOLDERS
            .iter()
            .find_map(|folder| find_below(folder.as_ref()))
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    if !apt::install(&[PACKAGE])? {
        bail!(
            "libfaketime is missing: install it so that {LIBRARY} is in {}, or in a folder of \
             an architecture there",
            FOLDERS.join(", ")
        );
    }
    find().with_context(|| format!("{PACKAGE} was installed, but {LIBRARY} is nowhere"))
}

fn find_below(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let below = entries.map(|entry| entry.path());
    let mut candidates = [folder.to_owned()].into_iter().chain(below);
    candidates.find_map(|place| {
        let library = place.join(LIBRARY);
        library.is_file().then_some(library)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    const DAY: u64 = 24 * 60 * 60;

    #[test]
    fn only_the_program_that_gets_the_variables_sees_another_time() {
        let seconds = |date: &mut Command| -> u64 {
            let printed = crate::process::output(date.arg("+%s")).unwrap();
            printed.trim().parse().unwrap()
        };
        let seen = seconds(Command::new("date").envs(variables("+100d").unwrap()));
        let now = seconds(&mut Command::new("date"));
        assert_eq!((seen - now + DAY / 2) / DAY, 100);
    }

    #[test]
    fn the_library_is_found_in_a_folder_or_in_one_of_an_architecture() {
        for place in ["", "x86_64-linux-gnu"] {
            let folder = tempfile::tempdir().unwrap();
            assert_eq!(find_below(folder.path()), None);
            let library = folder.path().join(place).join(LIBRARY);
            fs::create_dir_all(library.parent().unwrap()).unwrap();
            fs::write(&library, "").unwrap();
            assert_eq!(find_below(folder.path()), Some(library));
        }
    }
}
