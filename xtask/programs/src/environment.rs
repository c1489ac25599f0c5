//! The one place of the project's commands that reads environment variables.

use std::{env, ffi::OsString};

/// Returns a variable's value, or nothing when it is unset or empty.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo and the calling shell pass paths in the environment"
)]
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns whether a program is in a folder of the search path.
pub(crate) fn is_program(name: &str) -> bool {
    let search_path = variable("PATH").unwrap_or_default();
    env::split_paths(&search_path).any(|folder| folder.join(name).is_file())
}
