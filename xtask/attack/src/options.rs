//! What `cargo xtask attack` takes.

use clap::{Parser, ValueEnum, builder::ArgPredicate::IsPresent};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use xtask_harness::database::Kind;

/// Attacks the server, row by row, and prints what became of it.
#[derive(Parser)]
#[command(name = "cargo xtask attack")]
pub(crate) struct Options {
    /// Take a minute or two: fewer connections, shorter attacks, rows at the same
    /// time, a server that is not optimized. No latency is judged. A row in which
    /// something fails runs again, alone. `cargo xtask test` does this.
    #[arg(long)]
    pub(crate) quick: bool,
    /// What is tried.
    #[arg(long, value_enum, default_value_t = Part::Clients)]
    pub(crate) part: Part,
    /// For how many seconds all attacks go on together [with --quick: 15].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    #[arg(default_value = "600", default_value_if("quick", IsPresent, "15"))]
    pub(crate) seconds: u64,
    /// On which database.
    #[arg(long, value_enum, default_value_t = Databases::Both)]
    pub(crate) database: Databases,
    /// Attack this program instead of building one.
    #[arg(long, value_name = "PATH")]
    pub(crate) binary: Option<PathBuf>,
    /// Try this program first, and show its figures, unjudged, beside those of the
    /// other.
    #[arg(long, value_name = "PATH")]
    pub(crate) before: Option<PathBuf>,
    /// Run only this row; may be repeated.
    #[arg(long = "row", value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=20))]
    pub(crate) rows: Vec<u8>,
    /// Attack nothing but be a handler that the server is compared with.
    #[arg(long, hide = true)]
    pub(crate) listen: Option<SocketAddr>,
}

/// What is done to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// What clients send, and do not read.
    Clients,
    /// The database, or the clock, is not what it was.
    Database,
    /// Settings, texts, secrets and requests that are almost right.
    Inputs,
}

/// On which databases the server is attacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Databases {
    /// Only on SQLite.
    Sqlite,
    /// Only on PostgreSQL.
    Postgres,
    /// On each.
    Both,
}

/// How much is attacked, and how patient the attack is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Whether this is the short form, in which latencies are not judged.
    pub(crate) is_quick: bool,
    /// How many connections never read.
    pub(crate) floods: usize,
    /// For how long processor time is measured while nothing is read.
    pub(crate) quiet: Duration,
    /// How late an end may come because the machine is busy.
    pub(crate) slack: Duration,
    /// How many large keys there are, and how many organizations.
    pub(crate) large_objects: usize,
    /// For how long a well-behaved client is observed while all descriptors are
    /// under attack.
    pub(crate) lockout: Duration,
    /// For how long all attacks go on together.
    pub(crate) together: Duration,
    /// By what the number of connections and requests of all attacks together, and
    /// of the well-behaved client, is divided.
    pub(crate) divisor: usize,
    /// How long a turn of the well-behaved client takes meanwhile.
    pub(crate) turn: Duration,
    /// How long a revocation may take that has to wait for a node without a lease.
    pub(crate) revocation: Duration,
}

// === impl Options ===

impl Options {
    /// Returns whether a row is to be run.
    pub(crate) fn includes(&self, row: u8) -> bool {
        self.rows.is_empty() || self.rows.contains(&row)
    }

    /// Returns how much to attack.
    pub(crate) fn extent(&self) -> Extent {
        let seconds = Duration::from_secs;
        let long = Extent {
            is_quick: false,
            floods: 100,
            quiet: seconds(5),
            slack: seconds(3),
            large_objects: 1_000,
            lockout: seconds(20),
            together: seconds(self.seconds),
            divisor: 1,
            turn: seconds(10),
            revocation: Duration::from_millis(3_600),
        };
        if !self.quick {
            return long;
        }
        Extent {
            is_quick: true,
            floods: 40,
            quiet: seconds(3),
            slack: seconds(8),
            large_objects: 300,
            lockout: seconds(8),
            divisor: 4,
            turn: seconds(3),
            revocation: seconds(5),
            ..long
        }
    }
}

// === impl Databases ===

impl Databases {
    /// Returns the kinds of database that are meant.
    pub(crate) fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Sqlite => &[Kind::Sqlite],
            Self::Postgres => &[Kind::Postgres],
            Self::Both => &[Kind::Sqlite, Kind::Postgres],
        }
    }
}
