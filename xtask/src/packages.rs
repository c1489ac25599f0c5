//! The commands that are packages of their own: they need much that the others
//! do not, and a start that waits for it.

use anyhow::{Context, Result};
use clap::Args;
use std::{
    ffi::OsString,
    process::{Command, ExitCode},
};
use xtask_programs::{process, workspace::Workspace};

/// The arguments of such a command, which it reads itself.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// See `--help`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Runs the attack, optimized unless it is the short one.
pub(crate) fn attack(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    run_long_or_short(workspace, "xtask-attack", "--quick", arguments)
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
    run_long_or_short(workspace, "xtask-cluster-test", "--short", arguments)
}

/// Runs the test of the console.
pub(crate) fn console_test(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    run(workspace, &["--package", "xtask-console-test"], arguments)
}

/// Makes requests and clients from the description of the interface.
pub(crate) fn openapi_test(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    run(workspace, &["--package", "xtask-openapi-test"], arguments)
}

/// Compares the public interfaces with the listings that are kept.
pub(crate) fn public_api(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    run(workspace, &["--package", "xtask-public-api"], arguments)
}

/// Runs everything at once against a model, optimized unless it is the short form.
pub(crate) fn soak(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    run_long_or_short(workspace, "xtask-soak", "--short", arguments)
}

/// Runs the release before and this one on one database.
pub(crate) fn upgrade_test(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    run(workspace, &["--package", "xtask-upgrade-test"], arguments)
}

/// Builds what the whole workspace has in common with the tests, and runs the
/// test of the console and the short forms of those of the description, of an update, of the soak, of the
/// cluster and of each part of the attack on it, until one fails.
pub(crate) fn short_forms(workspace: &Workspace) -> Result<ExitCode> {
    const SHORT: [(&str, &[&str]); 8] = [
        ("xtask-openapi-test", &["--short", "--server"]),
        ("xtask-upgrade-test", &["--short", "--server"]),
        ("xtask-console-test", &["--short", "--server"]),
        ("xtask-soak", &["--short", "--server"]),
        ("xtask-cluster-test", &["--short", "--server"]),
        ("xtask-attack", &["--quick", "--binary"]),
        ("xtask-attack", &["--quick", "--part=database", "--binary"]),
        ("xtask-attack", &["--quick", "--part=inputs", "--binary"]),
    ];
    let mut build = workspace.cargo(&["build", "--workspace", "--all-features"]);
    build.args(["--bin", "apikey-server"]);
    build.args(SHORT.iter().flat_map(|(program, _)| ["--bin", program]));
    process::succeed(&mut build)?;
    let own = std::env::current_exe().context("cannot find the program of xtask")?;
    let folder = own
        .parent()
        .context("the program of xtask is in no folder")?;
    for (program, arguments) in SHORT {
        let mut test = Command::new(folder.join(program));
        test.args(arguments).arg(folder.join("apikey-server"));
        let code = process::exit_code(process::status(&mut test)?);
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a package, optimized unless its short form is asked for.
fn run_long_or_short(
    workspace: &Workspace,
    package: &str,
    short: &str,
    arguments: &Arguments,
) -> Result<ExitCode> {
    let is_short = arguments.arguments.iter().any(|one| one == short);
    let release: &[_] = if is_short { &[] } else { &["--release"] };
    run(
        workspace,
        &[release, &["--package", package]].concat(),
        arguments,
    )
}

fn run(workspace: &Workspace, options: &[&str], arguments: &Arguments) -> Result<ExitCode> {
    let mut command = workspace.cargo(&["run"]);
    command.args(options).arg("--").args(&arguments.arguments);
    Ok(process::exit_code(process::status(&mut command)?))
}
