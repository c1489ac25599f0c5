//! The project's own commands, called as `cargo xtask COMMAND`.
//!
//! They bring what they need (a PostgreSQL server, cargo-deny) and leave
//! nothing behind outside `target/`, however they end.

mod ci;
mod fuzz;
mod openapi;
mod packages;
mod promtool;
mod serve_postgres;
mod test;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use xtask_programs::{gateways, interruption, process, workspace::Workspace};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Attacks the server and shows what becomes of it, on each database.
    Attack(packages::Arguments),
    /// Measures the server against bare parts, on each database.
    Bench(packages::Arguments),
    /// Checks everything that must hold on a clean checkout.
    Ci,
    /// Calls every method of GPUStack's own client, on each database.
    ClientTest,
    /// Runs three servers on one PostgreSQL, with faults, against a model.
    ClusterTest(packages::Arguments),
    /// Uses GPUStack's own console in a browser, before a server.
    ConsoleTest(packages::Arguments),
    /// Feeds the readers of strangers' text with inputs that a fuzzer makes.
    Fuzz(fuzz::Options),
    /// Finds or installs nginx, Envoy and Caddy; prints variables for a shell.
    Gateways,
    /// Compares the description of the interface with the copy that is kept.
    Openapi(openapi::Options),
    /// Checks the alerts of the documentation, and runs their tests.
    Promtool,
    /// Makes requests and clients from the description of the interface.
    OpenapiTest(packages::Arguments),
    /// Compares the public interfaces with the listings that are kept.
    PublicApi(packages::Arguments),
    /// Runs a PostgreSQL server of its own until interrupted.
    Postgres(serve_postgres::Options),
    /// Runs everything at once, with restarts and a backup, against a model.
    Soak(packages::Arguments),
    /// Runs every test on both databases.
    Test(test::Options),
    /// Checks the project's own rules.
    Tidy,
    /// Runs the release before and this one on one database, there and back.
    UpgradeTest(packages::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match perform(arguments.command) {
        Ok(code) => code,
        Err(error) => process::report("xtask", &error),
    }
}

fn perform(task: Task) -> Result<ExitCode> {
    interruption::watch()?;
    let workspace = Workspace::locate()?;
    match task {
        Task::Attack(options) => return packages::attack(&workspace, &options),
        Task::Bench(options) => return packages::bench(&workspace, &options),
        Task::Ci => ci::run(&workspace)?,
        Task::ClientTest => return test::client(&workspace),
        Task::ClusterTest(options) => return packages::cluster_test(&workspace, &options),
        Task::ConsoleTest(options) => return packages::console_test(&workspace, &options),
        Task::Fuzz(options) => fuzz::run(&workspace, &options)?,
        Task::Gateways => gateways::run(&workspace)?,
        Task::Openapi(options) => return openapi::run(&workspace, &options),
        Task::OpenapiTest(options) => return packages::openapi_test(&workspace, &options),
        Task::Postgres(options) => serve_postgres::run(&options)?,
        Task::Promtool => promtool::run(&workspace)?,
        Task::PublicApi(options) => return packages::public_api(&workspace, &options),
        Task::Soak(options) => return packages::soak(&workspace, &options),
        Task::Test(options) => return test::run(&workspace, &options),
        Task::Tidy => xtask_tidy::run(&workspace)?,
        Task::UpgradeTest(options) => return packages::upgrade_test(&workspace, &options),
    }
    Ok(ExitCode::SUCCESS)
}
