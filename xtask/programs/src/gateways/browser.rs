//! The browser that sends what pages send: Chromium, from this machine or as Debian's
//! package.

use crate::{apt, environment, process};
use anyhow::{Context, Result, bail};
use std::{path::PathBuf, process::Command};

/// What it is called; the first is the name of Debian's package, too, which is smaller
/// than the others.
const NAMES: [&str; 5] = [
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
];

/// Finds a browser, or installs one where that needs no question.
pub(super) fn find_or_install() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let [package, ..] = NAMES;
    if !apt::install(package)? {
        bail!(
            "Chromium is missing: put one of {} into PATH",
            NAMES.join(", ")
        );
    }
    find().with_context(|| format!("{package} was installed, but does not run"))
}

fn find() -> Option<PathBuf> {
    let folders = environment::search_path();
    NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .filter(|program| program.is_file())
        .find(|program| process::output(Command::new(program).arg("--version")).is_ok())
}
