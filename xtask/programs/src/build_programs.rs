//! What building takes beside Rust and a C compiler.

use crate::{apt, environment};
use anyhow::{Result, bail};

/// Finds `make`, with which jemalloc is built, or installs it where that needs no
/// question.
///
/// # Errors
///
/// If it is missing and cannot be installed.
pub fn find_or_install_make() -> Result<()> {
    if environment::is_program("make") || apt::install(&["make"])? {
        return Ok(());
    }
    bail!(
        "`make` is missing: install it, or build the server without jemalloc, with \
         `--no-default-features`"
    )
}

/// Finds a C++ compiler, with which the runtime of the fuzz targets is built, or
/// installs one where that needs no question.
///
/// # Errors
///
/// If there is none and none can be installed.
pub fn find_or_install_cxx_compiler() -> Result<()> {
    let is_named = environment::variable("CXX").is_some();
    if is_named || environment::is_program("c++") || apt::install(&["g++"])? {
        return Ok(());
    }
    bail!("a C++ compiler is missing: install one, for libFuzzer")
}
