//! What may fail at the moment: some answers while the window is open, nothing
//! while it is closed.

use crate::nodes::COUNT;
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};
use xtask_harness::lock::locked;

/// How long a node without its database may still accept: the lease, and a
/// second for a busy machine.
const LEASE: Duration = Duration::from_secs(4);

/// What may fail at the moment.
#[derive(Debug)]
pub(crate) struct FaultWindow(Mutex<State>);

#[derive(Debug, Clone, Copy)]
struct State {
    is_open: bool,
    /// Moves with every change.
    epoch: u64,
    /// Which nodes should get no requests whose answers matter.
    is_unreliable: [bool; COUNT],
    /// Since when which nodes cannot reach the database.
    partitioned_since: [Option<Instant>; COUNT],
}

/// The window when a question was about to be sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark(State);

// === impl FaultWindow ===

impl FaultWindow {
    /// Begins open: nothing is asked of nodes that are starting.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State {
            is_open: true,
            epoch: 0,
            is_unreliable: [false; COUNT],
            partitioned_since: [None; COUNT],
        }))
    }

    /// From now on answers may fail, and some nodes are not to be relied on.
    pub(crate) fn open(&self, unreliable: &[usize]) {
        self.change(|state| {
            state.is_open = true;
            for node in unreliable {
                state.is_unreliable[*node] = true;
            }
        });
    }

    /// From now on a node gets no requests whose answers matter.
    pub(crate) fn avoid(&self, node: usize) {
        self.change(|state| state.is_unreliable[node] = true);
    }

    /// From now on a node can be relied on.
    pub(crate) fn rely_on(&self, node: usize) {
        self.change(|state| state.is_unreliable[node] = false);
    }

    /// These nodes lost the database.
    pub(crate) fn mark_partitioned(&self, nodes: &[usize]) {
        self.change(|state| {
            for node in nodes {
                state.partitioned_since[*node] = Some(Instant::now());
            }
        });
    }

    /// All nodes are about to get the database back.
    pub(crate) fn mark_connected(&self) {
        self.change(|state| state.partitioned_since = [None; COUNT]);
    }

    /// All nodes can be relied on again; single answers may still fail.
    pub(crate) fn mark_reliable(&self) {
        self.change(|state| state.is_unreliable = [false; COUNT]);
    }

    /// From now on nothing may fail.
    pub(crate) fn close(&self) {
        self.change(|state| state.is_open = false);
    }

    /// Returns the window of this moment.
    pub(crate) fn mark(&self) -> Mark {
        Mark(*locked(&self.0))
    }

    /// Returns whether nothing was allowed to fail since the mark.
    pub(crate) fn was_closed_since(&self, mark: Mark) -> bool {
        !mark.0.is_open && locked(&self.0).epoch == mark.0.epoch
    }

    /// Returns whether a node had been without its database for so long, when it
    /// was asked at the mark, that its lease had lapsed.
    pub(crate) fn had_no_lease(&self, mark: Mark, node: usize, asked_at: Instant) -> bool {
        let is_unchanged = locked(&self.0).epoch == mark.0.epoch;
        is_unchanged && mark.0.partitioned_since[node].is_some_and(|since| asked_at > since + LEASE)
    }

    /// Returns the nodes that can be relied on; all where none can.
    pub(crate) fn reliable(&self) -> Vec<usize> {
        let state = *locked(&self.0);
        let has_reliable = state.is_unreliable.contains(&false);
        (0..COUNT)
            .filter(|node| !has_reliable || !state.is_unreliable[*node])
            .collect()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = locked(&self.0);
        change(&mut state);
        state.epoch += 1;
    }
}

// === impl Mark ===

impl Mark {
    /// Returns whether a node could be relied on.
    pub(crate) fn is_reliable(self, node: usize) -> bool {
        !self.0.is_unreliable[node]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_counts_only_while_the_window_is_closed() {
        let window = FaultWindow::new();
        let before = window.mark();
        window.close();
        let closed = window.mark();
        assert!(!window.was_closed_since(before));
        assert!(window.was_closed_since(closed));
        window.open(&[1]);
        assert!(!window.was_closed_since(closed));
        assert!(!window.was_closed_since(window.mark()));
    }

    #[test]
    fn a_node_without_its_database_loses_its_lease() {
        let window = FaultWindow::new();
        window.mark_partitioned(&[2]);
        let (mark, now) = (window.mark(), Instant::now());
        let late = now + 2 * LEASE;
        assert!(!window.had_no_lease(mark, 2, now));
        assert!(!window.had_no_lease(mark, 1, late));
        assert!(window.had_no_lease(mark, 2, late));
        window.mark_connected();
        assert!(!window.had_no_lease(mark, 2, late));
    }
}
