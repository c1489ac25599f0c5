//! `cargo xtask test`: every test on both databases.

use crate::packages;
use anyhow::Result;
use clap::Args;
use std::process::{Command, ExitCode};
use xtask_programs::{
    build_programs, environment, gateways, gpustack_client,
    interruption::Interrupted,
    postgres::{Cluster, Durability, Settings},
    process,
    workspace::Workspace,
};

/// The variable that names the PostgreSQL server for the tests.
const POSTGRES_URL: &str = "APIKEY_TEST_POSTGRES_URL";

/// What `cargo xtask test` takes.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Further arguments of `cargo test`.
    #[arg(last = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

/// Provides a PostgreSQL server and gateways, runs `cargo test` and returns its exit
/// code. Without arguments for it, the test of the console and the short forms of the
/// soak, of the cluster test and of the attack follow.
///
/// The server is the one that `APIKEY_TEST_POSTGRES_URL` names, or else one
/// that lives as long as this call. There is no third way: tests that need
/// PostgreSQL are never skipped. Nor are those that need a gateway.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    build_programs::find_or_install_make()?;
    let mut command = workspace.cargo(&["test", "--all-features"]);
    if !names_packages(&options.arguments) {
        command.arg("--workspace");
    }
    command.args(&options.arguments);
    gateways::set_variables(&mut command, workspace)?;
    set_client(&mut command, workspace)?;
    let code = with_postgres(command)?;
    if code != ExitCode::SUCCESS || !options.arguments.is_empty() {
        return Ok(code);
    }
    packages::short_forms(workspace)
}

/// Runs the tests with GPUStack's own client alone, on both databases. Without the package
/// registry there is nothing to run, which is an error.
pub(crate) fn client(workspace: &Workspace) -> Result<ExitCode> {
    build_programs::find_or_install_make()?;
    let mut command = workspace.cargo(&["test", "--all-features", "--package", "apikey-server"]);
    command.args(["--test", "server", "--", "--nocapture", "gpustack_client"]);
    command.env(
        gpustack_client::PYTHON,
        gpustack_client::find_or_install(workspace)?,
    );
    with_postgres(command)
}

/// Names GPUStack's client to the tests. If it cannot be installed the reason is printed:
/// the tests that need it fail then, and all others can still be run.
fn set_client(command: &mut Command, workspace: &Workspace) -> Result<()> {
    match gpustack_client::find_or_install(workspace) {
        Ok(python) => _ = command.env(gpustack_client::PYTHON, python),
        Err(error) if error.is::<Interrupted>() => return Err(error),
        Err(error) => eprintln!("xtask: {error:#}"),
    }
    Ok(())
}

/// Provides a PostgreSQL server and runs a command that tests with it.
pub(crate) fn with_postgres(mut command: Command) -> Result<ExitCode> {
    if environment::variable(POSTGRES_URL).is_some() {
        println!("testing on the PostgreSQL server of {POSTGRES_URL}");
        return Ok(process::exit_code(process::status(&mut command)?));
    }

    let cluster = Cluster::start(&Settings {
        durability: Durability::Throwaway,
        max_connections: 200,
    })?;
    println!("testing on {}", cluster.url());
    command.env(POSTGRES_URL, cluster.url());
    Ok(process::exit_code(process::status(&mut command)?))
}

/// Returns whether packages are chosen: cargo ignores the choice when it also
/// gets `--workspace`.
fn names_packages(arguments: &[String]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument.starts_with("-p") || argument.starts_with("--package"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> bool {
        names_packages(
            &arguments
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn chosen_packages_are_recognized() {
        assert!(names(&["-p", "apikey-domain"]));
        assert!(names(&["--package=apikey-domain"]));
        assert!(names(&["--release", "-papikey-domain"]));
    }

    #[test]
    fn arguments_of_the_test_binaries_choose_no_packages() {
        assert!(!names(&[]));
        assert!(!names(&["--release", "some_name"]));
        assert!(!names(&["--", "-p"]));
    }
}
