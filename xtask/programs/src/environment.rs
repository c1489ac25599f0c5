//! The one place of the project's commands that reads environment variables.

use std::{env, ffi::OsString, path::PathBuf};

/// Returns a variable's value, or nothing when it is unset or empty.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo and the calling shell pass paths in the environment"
)]
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns the folders of the search path, in its order.
pub(crate) fn search_path() -> Vec<PathBuf> {
    let search_path = variable("PATH").unwrap_or_default();
    env::split_paths(&search_path).collect()
}

/// Returns whether a program is in a folder of the search path.
pub(crate) fn is_program(name: &str) -> bool {
    let folders = search_path();
    folders.iter().any(|folder| folder.join(name).is_file())
}
