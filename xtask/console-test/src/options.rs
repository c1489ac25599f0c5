//! What `cargo xtask console-test` takes.

use clap::Parser;
use std::path::PathBuf;
use xtask_harness::database::Kind;

/// What `cargo xtask console-test` takes.
#[derive(Parser)]
#[command(name = "cargo xtask console-test", about)]
pub(crate) struct Options {
    /// On PostgreSQL, try only keys as a user without rights: the server answers from other
    /// statements there, and the console is the same. `cargo xtask test` does this.
    #[arg(long)]
    pub(crate) short: bool,
    /// Test this program instead of building one.
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
    /// Test on this database only.
    #[arg(long, value_name = "KIND")]
    pub(crate) database: Option<Kind>,
}
