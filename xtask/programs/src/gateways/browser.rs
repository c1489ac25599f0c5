//! The browsers: Chromium, from this machine or as Debian's package.

use crate::{apt, environment, process};
use anyhow::{Context, Result, bail};
use std::{path::PathBuf, process::Command};

/// What sends what pages send: the first is the name of Debian's package, too, which is
/// smaller than the others.
pub(super) const ANY: &[&str] = &[
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
];

/// What people use; the first is the name of Debian's package, too.
pub(super) const WHOLE: &[&str] = &["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Without a font, a page has no letters.
const FONT_PACKAGE: &str = "fonts-liberation";

/// Finds a browser of one of these names, or installs the first where that needs no
/// question.
pub(super) fn find_or_install(names: &[&str]) -> Result<PathBuf> {
    if let Some(found) = find(names) {
        return Ok(found);
    }
    let package = names.first().context("no browser has a name")?;
    if !apt::install(&[package, FONT_PACKAGE])? {
        bail!(
            "Chromium is missing: put one of {} into PATH",
            names.join(", ")
        );
    }
    find(names).with_context(|| format!("{package} was installed, but does not run"))
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let folders = environment::search_path();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .filter(|program| program.is_file())
        .find(|program| process::output(Command::new(program).arg("--version")).is_ok())
}
