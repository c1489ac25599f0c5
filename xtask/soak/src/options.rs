//! What `cargo xtask soak` takes.

use clap::{Parser, ValueEnum};
use std::{fmt, path::PathBuf, time::Duration};

/// What `cargo xtask soak` takes.
#[derive(Parser)]
#[command(name = "cargo xtask soak", about)]
pub(crate) struct Options {
    /// How many seconds it runs on each database, from 20.
    #[arg(long, default_value_t = 900, value_parser = clap::value_parser!(u64).range(20..))]
    seconds: u64,

    /// Take 25 seconds on each database, with a server that is not optimized. `cargo xtask
    /// test` does this.
    #[arg(long, conflicts_with = "seconds")]
    pub(crate) short: bool,

    /// Only on this database.
    #[arg(long, value_enum)]
    database: Option<Database>,

    /// The server's program, instead of the one that is built.
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) server: Option<PathBuf>,
}

/// What it runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    /// A server on a file.
    Sqlite,
    /// Two servers on PostgreSQL.
    Postgres,
}

// === impl Options ===

impl Options {
    /// Returns how long it runs on each database.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_secs(if self.short { 25 } else { self.seconds })
    }

    /// Returns the databases.
    pub(crate) fn databases(&self) -> Vec<Database> {
        match self.database {
            Some(one) => vec![one],
            None => vec![Database::Sqlite, Database::Postgres],
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}
