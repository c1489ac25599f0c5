//! What `cargo xtask upgrade-test` takes.

use clap::Parser;
use std::path::PathBuf;
use xtask_harness::database::Kind;

/// What `cargo xtask upgrade-test` takes.
#[derive(Parser)]
#[command(name = "cargo xtask upgrade-test", about)]
pub(crate) struct Options {
    /// Do not run the release before: update the databases that it wrote, which are in the
    /// project. `cargo xtask test` does this.
    #[arg(long)]
    pub(crate) short: bool,
    /// Update from this program instead of building the release before.
    #[arg(long, value_name = "PATH", conflicts_with = "short")]
    pub(crate) from: Option<PathBuf>,
    /// Update to this program instead of building one.
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
    /// Test on this database only.
    #[arg(long, value_name = "KIND")]
    pub(crate) database: Option<Kind>,
    /// Write the databases of the short form by the release before, and do nothing else. Once
    /// for each release.
    #[arg(long, conflicts_with = "short")]
    pub(crate) write_fixture: bool,
}
