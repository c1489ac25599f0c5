//! The one place of xtask that reads environment variables.

use std::ffi::OsString;

/// Gives a variable's value, or nothing when it is unset or empty.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo and the calling shell tell xtask through the environment where things are"
)]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
