//! What may fail at the moment: nothing in calm, some answers during a fault.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::cluster_test::locked;
use crate::cluster_test::nodes::COUNT;

/// How long a node without its database may still accept: the lease, and a
/// second for a busy machine.
const LEASE: Duration = Duration::from_secs(4);

/// What may fail at the moment.
#[derive(Debug)]
pub(super) struct Weather(Mutex<Sky>);

#[derive(Debug, Clone, Copy)]
struct Sky {
    is_calm: bool,
    /// Moves with every change.
    epoch: u64,
    /// Which nodes should get no requests whose answers matter.
    is_shunned: [bool; COUNT],
    /// Since when which nodes cannot reach the database.
    dark_since: [Option<Instant>; COUNT],
}

/// The weather when a question was about to be sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(Sky);

// === impl Weather ===

impl Weather {
    /// Begins with a fault: nothing is asked of nodes that are starting.
    pub(super) fn new() -> Self {
        Self(Mutex::new(Sky {
            is_calm: false,
            epoch: 0,
            is_shunned: [false; COUNT],
            dark_since: [None; COUNT],
        }))
    }

    /// From now on answers may fail, and some nodes are not to be relied on.
    pub(super) fn begin_fault(&self, shunned: &[usize]) {
        self.change(|sky| {
            sky.is_calm = false;
            for node in shunned {
                sky.is_shunned[*node] = true;
            }
        });
    }

    /// These nodes lost the database.
    pub(super) fn darken(&self, nodes: &[usize]) {
        self.change(|sky| {
            for node in nodes {
                sky.dark_since[*node] = Some(Instant::now());
            }
        });
    }

    /// All nodes are about to get the database back.
    pub(super) fn brighten(&self) {
        self.change(|sky| sky.dark_since = [None; COUNT]);
    }

    /// All nodes can be relied on again; single answers may still fail.
    pub(super) fn stop_shunning(&self) {
        self.change(|sky| sky.is_shunned = [false; COUNT]);
    }

    /// From now on nothing may fail.
    pub(super) fn calm(&self) {
        self.change(|sky| sky.is_calm = true);
    }

    /// Gives the weather of this moment.
    pub(super) fn mark(&self) -> Mark {
        Mark(*locked(&self.0))
    }

    /// Answers whether nothing was allowed to fail since the mark.
    pub(super) fn was_calm_since(&self, mark: Mark) -> bool {
        mark.0.is_calm && locked(&self.0).epoch == mark.0.epoch
    }

    /// Answers whether a node was without its database for so long, when it was
    /// asked at the mark, that it had to know nothing any more.
    pub(super) fn was_blind_since(&self, mark: Mark, node: usize, asked_at: Instant) -> bool {
        let is_unchanged = locked(&self.0).epoch == mark.0.epoch;
        is_unchanged && mark.0.dark_since[node].is_some_and(|since| asked_at > since + LEASE)
    }

    /// Gives the nodes that can be relied on; all where none can.
    pub(super) fn reliable(&self) -> Vec<usize> {
        let sky = *locked(&self.0);
        let reliable: Vec<_> = (0..COUNT).filter(|node| !sky.is_shunned[*node]).collect();
        if reliable.is_empty() {
            (0..COUNT).collect()
        } else {
            reliable
        }
    }

    fn change(&self, change: impl FnOnce(&mut Sky)) {
        let mut sky = locked(&self.0);
        change(&mut sky);
        sky.epoch += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_counts_only_when_it_was_calm_all_the_time() {
        let weather = Weather::new();
        let before = weather.mark();
        weather.calm();
        let calm = weather.mark();
        assert!(!weather.was_calm_since(before));
        assert!(weather.was_calm_since(calm));
        weather.begin_fault(&[1]);
        assert!(!weather.was_calm_since(calm));
        assert!(!weather.was_calm_since(weather.mark()));
    }

    #[test]
    fn shunned_nodes_are_not_relied_on() {
        let weather = Weather::new();
        weather.begin_fault(&[1]);
        assert_eq!(weather.reliable(), [0, 2]);
        weather.stop_shunning();
        assert_eq!(weather.reliable(), [0, 1, 2]);
        weather.begin_fault(&[0, 1, 2]);
        assert_eq!(weather.reliable(), [0, 1, 2]);
    }

    #[test]
    fn a_node_without_its_database_is_blind_when_its_lease_is_over() {
        let weather = Weather::new();
        weather.darken(&[2]);
        let (mark, now) = (weather.mark(), Instant::now());
        let late = now + 2 * LEASE;
        assert!(!weather.was_blind_since(mark, 2, now));
        assert!(!weather.was_blind_since(mark, 1, late));
        assert!(weather.was_blind_since(mark, 2, late));
        weather.brighten();
        assert!(!weather.was_blind_since(mark, 2, late));
    }
}
