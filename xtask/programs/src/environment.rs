//! The one place of the project's commands that reads environment variables.

use std::ffi::OsString;

/// Returns a variable's value, or nothing when it is unset or empty.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo and the calling shell pass paths in the environment"
)]
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
