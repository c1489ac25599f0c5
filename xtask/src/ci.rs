//! `cargo xtask ci`: everything that must hold on a clean checkout.

mod cargo_deny;
mod checkout;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::ci::cargo_deny::CargoDeny;
use crate::ci::checkout::{CheckoutState, Place};
use crate::workspace::Workspace;
use crate::{process, test, tidy};

/// Runs all checks, quick ones first, and stops at the first that fails.
///
/// # Errors
///
/// The failure of that check, or `Interrupted`.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let started = Instant::now();
    let result = check_all(workspace);
    let word = if result.is_ok() { "ok" } else { "failed" };
    println!("==> ci: {word}, {} in total", seconds(started));
    result
}

fn check_all(workspace: &Workspace) -> Result<()> {
    let before = CheckoutState::expected(workspace, Place::here())?;
    step("format", || format(workspace))?;
    step("tidy", || tidy::run(workspace))?;
    step("clippy", || clippy(workspace))?;
    step("docs", || docs(workspace))?;
    step("deny", || deny(workspace))?;
    step("tests", || tests(workspace))?;
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

fn format(workspace: &Workspace) -> Result<()> {
    process::succeed(&mut workspace.cargo(&["fmt", "--all", "--check"]))
}

fn clippy(workspace: &Workspace) -> Result<()> {
    process::succeed(&mut workspace.cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ]))
}

fn docs(workspace: &Workspace) -> Result<()> {
    process::succeed(
        workspace
            .cargo(&["doc", "--workspace", "--no-deps", "--all-features"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

/// Checks what is depended on. The advisories are left out: they would need a
/// database from the network, and could fail a commit that was fine yesterday.
fn deny(workspace: &Workspace) -> Result<()> {
    let program = CargoDeny::find_or_install(workspace)?;
    let mut command = program.check(workspace);
    process::succeed(command.args(["bans", "licenses", "sources"]))
}

fn tests(workspace: &Workspace) -> Result<()> {
    if test::run(workspace, &test::Options::default())? != ExitCode::SUCCESS {
        bail!("tests failed");
    }
    Ok(())
}
