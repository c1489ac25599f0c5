//! What `cargo xtask cluster-test` takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// What `cargo xtask cluster-test` takes.
#[derive(Parser, Default)]
#[command(name = "cargo xtask cluster-test", about)]
pub(crate) struct Options {
    /// Take a minute: fewer revocations, shorter faults, a server that is not
    /// optimized. `cargo xtask test` does this.
    #[arg(long)]
    pub(crate) short: bool,
    /// Test this program instead of building one.
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
    /// How many revocations there are without a fault [default: 10000, with
    /// --short 200].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) revocations: Option<u64>,
    /// How many connections verify on each node [default: 4, with --short 2].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) connections: Option<u16>,
    /// Run only the phases whose names contain this.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
}

/// How much is tested.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// How many revocations there are while nothing is wrong.
    pub(crate) revocations: u64,
    /// How many there are at most in a phase that needs only some.
    pub(crate) some_revocations: u64,
    /// How many rights of each kind there are.
    pub(crate) of_each_kind: usize,
    /// How many connections verify on each node.
    pub(crate) connections: usize,
    /// How long a node is stopped.
    pub(crate) stop: Duration,
    /// How long the database cannot be reached.
    pub(crate) cut: Duration,
    /// How often streams are ended in each way.
    pub(crate) endings: usize,
    /// Whether faults that resemble others are tested, too.
    pub(crate) is_thorough: bool,
}

// === impl Options ===

impl Options {
    /// Returns how much to test.
    pub(crate) fn extent(&self) -> Extent {
        let extent = if self.short {
            Extent::SHORT
        } else {
            Extent::LONG
        };
        Extent {
            revocations: self.revocations.unwrap_or(extent.revocations),
            connections: self.connections.map_or(extent.connections, usize::from),
            ..extent
        }
    }

    /// Returns whether a phase is to be run.
    pub(crate) fn includes(&self, phase: &str) -> bool {
        let only = self.only.as_deref().unwrap_or_default();
        phase.contains(only)
    }
}

// === impl Extent ===

impl Extent {
    const LONG: Self = Self {
        revocations: 10_000,
        some_revocations: 500,
        of_each_kind: 20,
        connections: 4,
        stop: Duration::from_secs(10),
        cut: Duration::from_secs(30),
        endings: 10,
        is_thorough: true,
    };
    const SHORT: Self = Self {
        revocations: 200,
        some_revocations: 60,
        of_each_kind: 6,
        connections: 2,
        stop: Duration::from_secs(5),
        cut: Duration::from_secs(5),
        endings: 1,
        is_thorough: false,
    };
}
