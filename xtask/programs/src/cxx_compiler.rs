//! The C++ compiler, with which the runtime of the fuzz targets is built.

use crate::{apt, environment};
use anyhow::{Result, bail};

/// Finds a C++ compiler, or installs one where that needs no question.
///
/// # Errors
///
/// If there is none and none can be installed.
pub fn find_or_install() -> Result<()> {
    let is_named = environment::variable("CXX").is_some();
    if is_named || environment::is_program("c++") || apt::install("g++")? {
        return Ok(());
    }
    bail!("a C++ compiler is missing: install one, for libFuzzer")
}
