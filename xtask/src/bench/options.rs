//! What `cargo xtask bench` takes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::bench::database::Kind;

/// What `cargo xtask bench` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// Measure only this; the same as --only.
    #[arg(value_enum, conflicts_with = "only")]
    subject: Option<Subject>,
    /// Measure only this.
    #[arg(long, value_enum, value_name = "SUBJECT")]
    only: Option<Subject>,
    /// Measure only on this database.
    #[arg(long, value_enum, value_name = "DATABASE")]
    database: Option<Kind>,
    /// How long each side of a round takes [default: 4, with --quick 1].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: Option<u64>,
    /// Take less time and give rougher figures: fewer rounds, smaller tables.
    #[arg(long)]
    quick: bool,
    /// Measure this program instead of building one.
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Subject {
    /// Keys created a second, against bare inserts.
    Creates,
    /// Keys created a second on PostgreSQL, with the feed and without it.
    Feed,
    /// A page of a list, in small and large tables.
    Lists,
    /// From the start of the process to its first answer.
    Start,
    /// Memory at rest, and with watchers.
    Memory,
    /// Keys verified, against handlers that do nothing or only read.
    Verify,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// How often the sides of a comparison take turns.
    pub(super) rounds: usize,
    /// How long each side of a round takes.
    pub(super) turn: Duration,
    /// How many keys the tables of the lists have.
    pub(super) table_sizes: [u32; 3],
    /// How often the server is started.
    pub(super) starts: usize,
    /// How many watchers are held.
    pub(super) watchers: u32,
    /// How many keys are verified in random order: some and many.
    pub(super) verified_keys: [u64; 2],
    /// How many answers to each kind of refused key are timed.
    pub(super) timed_answers: usize,
}

// === impl Options ===

impl Options {
    /// Gives the databases to measure on.
    pub(super) fn databases(&self) -> Vec<Kind> {
        chosen(self.database)
    }

    /// Gives what to measure.
    pub(super) fn subjects(&self) -> Vec<Subject> {
        chosen(self.subject.or(self.only))
    }

    /// Gives the program to measure, if one was named.
    pub(super) fn server(&self) -> Option<&Path> {
        self.server.as_deref()
    }

    /// Gives how much to measure.
    pub(super) fn extent(&self) -> Extent {
        let extent = if self.quick {
            Extent::QUICK
        } else {
            Extent::WHOLE
        };
        Extent {
            turn: self.seconds.map_or(extent.turn, Duration::from_secs),
            ..extent
        }
    }
}

// === impl Extent ===

impl Extent {
    const WHOLE: Self = Self {
        rounds: 5,
        turn: Duration::from_secs(4),
        table_sizes: [1_000, 100_000, 1_000_000],
        starts: 10,
        watchers: 10_000,
        verified_keys: [100_000, 1_000_000],
        timed_answers: 10_000,
    };
    const QUICK: Self = Self {
        rounds: 3,
        turn: Duration::from_secs(1),
        table_sizes: [1_000, 10_000, 100_000],
        starts: 3,
        watchers: 1_000,
        verified_keys: [10_000, 100_000],
        timed_answers: 2_000,
    };
}

/// Gives the one that was named, or all of them.
fn chosen<T: ValueEnum + Clone>(named: Option<T>) -> Vec<T> {
    named.map_or_else(|| T::value_variants().to_vec(), |one| vec![one])
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn options(arguments: &[&str]) -> Options {
        let line = std::iter::once(&"bench").chain(arguments);
        Line::try_parse_from(line).unwrap().options
    }

    #[test]
    fn without_options_everything_is_measured_on_both_databases() {
        let options = options(&[]);
        assert_eq!(options.databases(), [Kind::Sqlite, Kind::Postgres]);
        assert_eq!(options.subjects().len(), 6);
        assert_eq!(options.extent().turn, Duration::from_secs(4));
    }

    #[test]
    fn one_subject_and_one_database_can_be_chosen() {
        let options = options(&["--only", "memory", "--database", "postgres"]);
        assert_eq!(options.databases(), [Kind::Postgres]);
        assert_eq!(options.subjects(), [Subject::Memory]);
    }

    #[test]
    fn the_subject_can_be_named_without_an_option() {
        assert_eq!(options(&["verify"]).subjects(), [Subject::Verify]);
        assert!(Line::try_parse_from(["bench", "verify", "--only", "lists"]).is_err());
    }

    #[test]
    fn the_seconds_given_count_also_when_it_is_to_be_quick() {
        assert_eq!(options(&["--quick"]).extent().turn.as_secs(), 1);
        let extent = options(&["--quick", "--seconds", "7"]).extent();
        assert_eq!((extent.turn.as_secs(), extent.rounds), (7, 3));
    }

    #[test]
    fn no_seconds_at_all_are_refused() {
        assert!(Line::try_parse_from(["bench", "--seconds", "0"]).is_err());
    }
}
