//! `cargo xtask soak`: random changes and verifications, checked against a
//! model, for a time of choice.

use crate::test;
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;
use xtask_programs::workspace::Workspace;

/// The variable that sets for how many seconds the test runs.
const SECONDS: &str = "APIKEY_TEST_SOAK_SECONDS";

/// What `cargo xtask soak` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// How many seconds it runs on each database.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
}

/// Runs the long form of the soak on an optimized server, on one database after
/// the other, and returns the exit code of the test.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let mut command = workspace.cargo(&[
        "test",
        "--release",
        "--package",
        "apikey-server",
        "--test",
        "server",
        "--",
        "soak",
        "--nocapture",
        "--test-threads=1",
    ]);
    command.env(SECONDS, options.seconds.to_string());
    test::with_postgres(command)
}
