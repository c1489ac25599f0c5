//! Clocks that differ: a library that is loaded before a node's own and shifts
//! the time of day it sees.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use xtask_programs::process;

const SOURCE: &str = include_str!("shifted_clock.c");

/// The variable that tells the library by how many seconds.
const SHIFT: &str = "APIKEY_TEST_CLOCK_SHIFT";

/// The library, compiled.
#[derive(Debug)]
pub(crate) struct ShiftedClock {
    library: PathBuf,
}

// === impl ShiftedClock ===

impl ShiftedClock {
    /// Compiles the library into a folder.
    pub(crate) fn compile(folder: &Path) -> Result<Self> {
        let source = folder.join("shifted_clock.c");
        let library = folder.join("shifted_clock.so");
        fs::write(&source, SOURCE)?;
        let mut command = Command::new("cc");
        command
            .args(["-shared", "-fPIC", "-O2", "-o"])
            .args([&library, &source]);
        process::output(&mut command).context("the library that shifts clocks does not compile")?;
        Ok(Self { library })
    }

    /// Returns the environment of a program whose clock is so many seconds ahead.
    pub(crate) fn environment(&self, seconds: i64) -> [(&'static str, String); 2] {
        [
            ("LD_PRELOAD", self.library.display().to_string()),
            (SHIFT, seconds.to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch_seconds(command: &mut Command) -> i64 {
        let output = process::output(command.args(["+%s"])).unwrap();
        output.trim().parse().unwrap()
    }

    #[test]
    fn a_program_sees_another_time_of_day() {
        let folder = tempfile::tempdir().unwrap();
        let clock = ShiftedClock::compile(folder.path()).unwrap();
        let here = epoch_seconds(&mut Command::new("date"));
        let there = epoch_seconds(Command::new("date").envs(clock.environment(-3600)));
        assert!((there - here + 3600).abs() <= 5, "{here} {there}");
    }
}
