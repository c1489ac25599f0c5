//! What `cargo xtask bench` takes.

use clap::{Parser, ValueEnum};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use xtask_harness::database::Kind;

/// Measures the server against bare parts, on each database.
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
pub(crate) struct Options {
    /// What to measure.
    #[arg(value_enum, default_values_t = Benchmark::value_variants().to_vec())]
    pub(crate) benchmarks: Vec<Benchmark>,
    /// On which database.
    #[arg(long = "database", value_enum, value_name = "DATABASE",
          default_values_t = Kind::value_variants().to_vec())]
    pub(crate) databases: Vec<Kind>,
    /// How long each turn of a round takes [default: 4, with --quick 1].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: Option<u64>,
    /// Take less time and give rougher figures: fewer rounds, smaller tables.
    #[arg(long)]
    quick: bool,
    /// Measure this program instead of building one.
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
    /// Measure nothing but be a handler that the server is compared with.
    #[arg(long, hide = true)]
    pub(crate) listen: Option<SocketAddr>,
    /// Read the row of the presented key from this database each time.
    #[arg(long, hide = true)]
    pub(crate) read_from: Option<String>,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Benchmark {
    /// Keys created a second, against bare inserts.
    Creates,
    /// Keys created a second on PostgreSQL, with the feed and without it.
    Feed,
    /// Everyone else beside first uses of imported keys, whose digests take long.
    FirstUses,
    /// Lists of a tenant with few keys and with many: first pages, deep ones, all.
    Lists,
    /// Keys that are used while the pepper is replaced.
    PepperRotation,
    /// From the start of the process to its first answer.
    Start,
    /// Memory at rest, and with watchers.
    Memory,
    /// A well-behaved tenant beside loads of another one.
    #[value(alias = "neighbours")]
    Neighbors,
    /// Keys verified, against handlers that do nothing or only read.
    Verify,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// How often those that are compared take turns.
    pub(crate) rounds: usize,
    pub(crate) turn: Duration,
    /// How many keys there are: few, some, many.
    pub(crate) keys: [u64; 3],
    /// The same, of one tenant whose keys are listed.
    pub(crate) listed_keys: [u64; 3],
    pub(crate) watchers: usize,
    pub(crate) neighbor: NeighborScale,
    /// How many answers to each kind of refused key are timed.
    pub(crate) timed_answers: usize,
}

/// How much a tenant has and does beside another one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NeighborScale {
    /// How many keys it has, which are listed and deleted.
    pub(crate) keys: u64,
    /// How many connections read its lists.
    pub(crate) readers: usize,
    pub(crate) watches: usize,
}

// === impl Options ===

impl Options {
    /// Returns how much to measure.
    pub(crate) fn scale(&self) -> Scale {
        let mut scale = Scale {
            rounds: 5,
            turn: Duration::from_secs(4),
            keys: [1_000, 100_000, 1_000_000],
            listed_keys: [1_000, 60_000, 1_000_000],
            watchers: 10_000,
            neighbor: NeighborScale {
                keys: 1_000_000,
                readers: 200,
                watches: 3_000,
            },
            timed_answers: 10_000,
        };
        if self.quick {
            scale = Scale {
                rounds: 3,
                turn: Duration::from_secs(1),
                keys: [1_000, 10_000, 100_000],
                listed_keys: [1_000, 10_000, 100_000],
                watchers: 1_000,
                neighbor: NeighborScale {
                    keys: 20_000,
                    readers: 40,
                    watches: 300,
                },
                timed_answers: 2_000,
            };
        }
        scale.turn = self.seconds.map_or(scale.turn, Duration::from_secs);
        scale
    }
}
