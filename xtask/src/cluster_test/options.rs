//! What `cargo xtask cluster-test` takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

/// What `cargo xtask cluster-test` takes.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Take a minute: fewer revocations, shorter faults, a server that is not
    /// optimised. `cargo xtask test` does this.
    #[arg(long)]
    pub(super) short: bool,
    /// Test this program instead of building one.
    #[arg(long, value_name = "PATH")]
    pub(super) server: Option<PathBuf>,
    /// How many revocations there are without a fault [default: 10000, with
    /// --short 200].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) revocations: Option<u64>,
    /// How many connections verify on each node [default: 4, with --short 2].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) connections: Option<u16>,
    /// Run only the phases whose names contain this.
    #[arg(long, value_name = "TEXT")]
    pub(super) only: Option<String>,
}

/// How much is tested.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// How many revocations there are while nothing is wrong.
    pub(super) revocations: u64,
    /// How many there are at most in a phase that needs only some.
    pub(super) some_revocations: u64,
    /// How many rights of each kind there are.
    pub(super) of_each_kind: usize,
    /// How many connections verify on each node.
    pub(super) connections: usize,
    /// How long a node is stopped.
    pub(super) stop: Duration,
    /// How long the database cannot be reached.
    pub(super) cut: Duration,
    /// How often streams are ended in each way.
    pub(super) endings: usize,
    /// Whether faults that resemble others are tested, too.
    pub(super) is_thorough: bool,
}

// === impl Options ===

impl Options {
    /// Gives the options of the short form.
    pub(crate) fn short() -> Self {
        Self {
            short: true,
            ..Self::default()
        }
    }

    /// Gives how much to test.
    pub(super) fn extent(&self) -> Extent {
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

    /// Answers whether a phase is to be run.
    pub(super) fn includes(&self, phase: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_revocations_can_be_chosen() {
        let mut options = Options::short();
        assert_eq!(options.extent().revocations, 200);
        options.revocations = Some(7);
        assert_eq!(options.extent().revocations, 7);
    }

    #[test]
    fn phases_are_chosen_by_a_part_of_their_name() {
        let mut options = Options::default();
        assert!(options.includes("a node killed"));
        options.only = Some("kill".to_owned());
        assert!(options.includes("a node killed"));
        assert!(!options.includes("a node stopped"));
    }
}
