//! What `cargo xtask cluster-test` takes.

use clap::Parser;
use std::{path::PathBuf, time::Duration};

/// What `cargo xtask cluster-test` takes.
#[derive(Parser)]
#[command(name = "cargo xtask cluster-test", about)]
pub(crate) struct Options {
    /// Take two minutes: fewer revocations, shorter faults, a server that is not
    /// optimized. `cargo xtask test` does this.
    #[arg(long)]
    pub(crate) short: bool,
    /// Test this program instead of building one.
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
    /// How many revocations there are without a fault; with --short 160 if this
    /// is not given.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    #[arg(default_value = "10000", default_value_if("short", "true", "160"))]
    pub(crate) revocations: u64,
    /// How many connections verify on each node; with --short 2 if this is not
    /// given.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=256))]
    #[arg(default_value = "4", default_value_if("short", "true", "2"))]
    pub(crate) connections: u16,
    /// How many other keys there are in the table; with --short 20,000 if this is not
    /// given.
    #[arg(long, value_name = "NUMBER")]
    #[arg(default_value = "1000000", default_value_if("short", "true", "20000"))]
    pub(crate) keys: u64,
    /// Update nodes of this program, which is the release before, one by one, and do nothing
    /// else. Without a path it is built. There are 100,000 other keys, with --short 20,000.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["revocations", "connections", "keys", "only"])]
    pub(crate) rolling_update_from: Option<Option<PathBuf>>,
    /// Run only the phases whose names contain this.
    #[arg(long, value_name = "TEXT")]
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) only: String,
}

/// How much is tested.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// How many there are at most in a phase that needs only some.
    pub(crate) some_revocations: u64,
    /// How many rights of each kind there are.
    pub(crate) of_each_kind: usize,
    /// How long a node is stopped.
    pub(crate) stop: Duration,
    /// How long the database cannot be reached.
    pub(crate) cut: Duration,
    /// How long the database is frozen.
    pub(crate) freeze: Duration,
    /// How often streams are ended in each way.
    pub(crate) endings: usize,
    /// How many keys are rotated while clients use them, and how often each.
    pub(crate) rotated_keys: usize,
    pub(crate) rotations: u32,
    /// Which nodes are killed meanwhile, one after the other.
    pub(crate) killed: &'static [usize],
    /// How many people sign in again and again.
    pub(crate) people: usize,
    /// Whether faults that resemble others are tested, too.
    pub(crate) is_thorough: bool,
}

// === impl Options ===

impl Options {
    /// Returns how much to test.
    pub(crate) fn extent(&self) -> Extent {
        if self.short {
            Extent::SHORT
        } else {
            Extent::LONG
        }
    }

    /// Returns whether a phase is to be run.
    pub(crate) fn includes(&self, phase: &str) -> bool {
        phase.contains(&self.only)
    }
}

// === impl Extent ===

impl Extent {
    const LONG: Self = Self {
        some_revocations: 500,
        of_each_kind: 20,
        stop: Duration::from_secs(10),
        cut: Duration::from_secs(30),
        freeze: Duration::from_secs(15),
        endings: 10,
        rotated_keys: 5,
        rotations: 6,
        killed: &[2, 1, 0],
        people: 60,
        is_thorough: true,
    };
    const SHORT: Self = Self {
        some_revocations: 48,
        of_each_kind: 4,
        stop: Duration::from_secs(5),
        cut: Duration::from_secs(5),
        freeze: Duration::from_secs(8),
        endings: 1,
        rotated_keys: 2,
        rotations: 2,
        killed: &[2],
        people: 12,
        is_thorough: false,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_short_form_has_fewer_of_everything() {
        let numbers = |arguments: &[&str]| {
            let options = Options::parse_from([&["cluster-test"], arguments].concat());
            (options.revocations, options.connections, options.keys)
        };
        assert_eq!(numbers(&[]), (10_000, 4, 1_000_000));
        assert_eq!(numbers(&["--short"]), (160, 2, 20_000));
        assert_eq!(numbers(&["--short", "--keys", "5"]), (160, 2, 5));
    }
}
