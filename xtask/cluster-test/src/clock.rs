//! Clocks that differ: a library that is loaded before a node's own and shifts
//! the time of day it sees.

use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use xtask_programs::process;

/// The variable that sets by how many seconds the clock is shifted.
pub(crate) const SHIFT: &str = "APIKEY_TEST_CLOCK_SHIFT";

/// Compiles the library into a folder.
pub(crate) fn compile(folder: &Path) -> Result<PathBuf> {
    let source = folder.join("shifted_clock.c");
    let library = folder.join("shifted_clock.so");
    fs::write(&source, include_str!("shifted_clock.c"))?;
    let mut command = Command::new("cc");
    command
        .args(["-shared", "-fPIC", "-O2", "-o"])
        .args([&library, &source]);
    process::output(&mut command).context("the library that shifts clocks does not compile")?;
    Ok(library)
}
