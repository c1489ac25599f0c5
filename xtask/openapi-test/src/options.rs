//! What `cargo xtask openapi-test` takes.

use clap::Parser;
use std::path::PathBuf;
use xtask_harness::database::Kind;

/// What `cargo xtask openapi-test` takes.
#[derive(Parser)]
#[command(name = "cargo xtask openapi-test", about)]
pub(crate) struct Options {
    /// Make few requests: a minute on both databases. `cargo xtask test` does this.
    #[arg(long)]
    pub(crate) short: bool,
    /// For how many seconds each caller makes requests on each database.
    #[arg(long, value_name = "NUMBER", default_value_t = 90)]
    pub(crate) seconds: u64,
    /// Test this program instead of building one.
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
    /// Test on this database only.
    #[arg(long, value_name = "KIND")]
    pub(crate) database: Option<Kind>,
    /// Make the same requests as a run that said so.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
}
