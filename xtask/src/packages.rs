//! The commands that are packages of their own: they need much that the others
//! do not, and a start that waits for it.

use anyhow::{Context, Result};
use clap::Args;
use std::{ffi::OsString, process::ExitCode};
use xtask_programs::{process, workspace::Workspace};

/// The arguments of such a command, which it reads itself.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// See `--help`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Runs the measurements, optimized: both the load and what the server is
/// compared with are theirs.
pub(crate) fn bench(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    run(
        workspace,
        &["--release", "--package", "xtask-bench"],
        arguments,
    )
}

/// Runs the cluster test, optimized unless it is the short one.
pub(crate) fn cluster_test(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let is_short = arguments.arguments.iter().any(|one| one == "--short");
    let release: &[_] = if is_short { &[] } else { &["--release"] };
    let package = &["--package", "xtask-cluster-test"];
    run(workspace, &[release, package].concat(), arguments)
}

/// Builds what the whole workspace has in common with the tests, and runs the
/// short form of the cluster test on it.
pub(crate) fn short_cluster_test(workspace: &Workspace) -> Result<ExitCode> {
    let mut build = workspace.cargo(&["build", "--workspace", "--all-features"]);
    build.args(["--bin", "apikey-server", "--bin", "xtask-cluster-test"]);
    process::succeed(&mut build)?;
    let own = std::env::current_exe().context("cannot find the program of xtask")?;
    let folder = own
        .parent()
        .context("the program of xtask is in no folder")?;
    let mut test = std::process::Command::new(folder.join("xtask-cluster-test"));
    test.args(["--short", "--server"])
        .arg(folder.join("apikey-server"));
    Ok(process::exit_code(process::status(&mut test)?))
}

fn run(workspace: &Workspace, options: &[&str], arguments: &Arguments) -> Result<ExitCode> {
    let mut command = workspace.cargo(&["run"]);
    command.args(options).arg("--").args(&arguments.arguments);
    Ok(process::exit_code(process::status(&mut command)?))
}
