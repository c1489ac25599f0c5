//! `cargo xtask ci`: everything that must hold on a clean checkout.

mod checkout;
mod dry_run;
mod published;
mod rust_versions;
mod tools;

use crate::{ci::checkout::CheckoutState, fuzz, promtool, test};
use anyhow::{Result, bail};
use std::{process::ExitCode, time::Instant};
use xtask_programs::{build_programs, process, workspace::Workspace};

/// Runs all checks, quick ones first, and stops at the first that fails.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let started = Instant::now();
    let result = check_all(workspace);
    let word = if result.is_ok() { "ok" } else { "failed" };
    println!("==> ci: {word}, {} in total", seconds(started));
    result
}

fn check_all(workspace: &Workspace) -> Result<()> {
    let before = CheckoutState::expected(workspace)?;
    let cargo = |arguments: &[&str]| process::succeed(&mut workspace.cargo(arguments));
    step("programs", build_programs::find_or_install_make)?;
    step("format", || {
        cargo(&["fmt", "--all", "--check"])?;
        cargo(&["fmt", "--check", "--manifest-path", fuzz::build::MANIFEST])
    })?;
    step("tidy", || xtask_tidy::run(workspace))?;
    step("spelling", || tools::typos(workspace))?;
    step("links", || tools::rumdl(workspace))?;
    step("unused dependencies", || tools::cargo_shear(workspace))?;
    step("rust versions", || rust_versions::check(workspace))?;
    step("clippy", || clippy(workspace))?;
    step("each database alone", || {
        published::each_database(workspace)
    })?;
    step("parts", || published::parts(workspace))?;
    step("alerts", || promtool::run(workspace))?;
    step("docs", || docs(workspace))?;
    step("public interfaces", || published::public_api(workspace))?;
    step("deny", || tools::cargo_deny(workspace))?;
    step("publish", || published::publish(workspace))?;
    step("tests", || tests(workspace))?;
    step("fuzz", || fuzz::run(workspace, &fuzz::Options::SHORT))?;
    step("nothing rewritten", || before.must_still_hold(workspace))
}

fn step(name: &str, check: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("==> {name}");
    let started = Instant::now();
    let result = check();
    let word = if result.is_ok() { "ok" } else { "failed" };
    println!("==> {name}: {word} in {}", seconds(started));
    result
}

fn seconds(started: Instant) -> String {
    format!("{:.1} s", started.elapsed().as_secs_f64())
}

fn clippy(workspace: &Workspace) -> Result<()> {
    let mut clippy = workspace.cargo(&["clippy", "--workspace", "--all-targets"]);
    process::succeed(clippy.args(["--all-features", "--", "-D", "warnings"]))
}

fn docs(workspace: &Workspace) -> Result<()> {
    let mut docs = workspace.cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
    process::succeed(docs.env("RUSTDOCFLAGS", "-D warnings"))
}

fn tests(workspace: &Workspace) -> Result<()> {
    if test::run(workspace, &test::Options::default())? != ExitCode::SUCCESS {
        bail!("tests failed");
    }
    Ok(())
}
