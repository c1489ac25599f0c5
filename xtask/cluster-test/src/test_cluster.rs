//! What all parts of the test share while the nodes run.

use crate::{
    deadlines::{LATE, Waiting},
    fault_window::{FaultWindow, Mark},
    kinds::Kind,
    measured::Measured,
    nodes::COUNT,
    pool::Pool,
    records::Records,
    revocable::{MadeKey, Revocable},
};
use anyhow::Result;
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
use xtask_harness::{client::Client, findings::Findings, lock::locked};

/// What all parts of the test share.
pub(crate) struct TestCluster {
    /// What may fail at the moment.
    pub(crate) window: FaultWindow,
    pub(crate) findings: Arc<Findings>,
    /// Ask questions on connections that are kept.
    pub(crate) questioners: [Client; COUNT],
    /// Send each change on a connection of its own: that an idle connection is
    /// broken would show only by a change that gets lost.
    pub(crate) changers: [Client; COUNT],
    /// What the database must hold.
    pub(crate) records: Records,
    /// What can be revoked.
    pub(crate) pool: Pool,
    /// What was measured in this phase.
    pub(crate) measured: Mutex<Measured>,
    /// The organization that users are removed from.
    pub(crate) organization: i64,
    /// Of the platform's administrator, for every change.
    pub(crate) admin: MadeKey,
    /// Of a user without special rights, for creations.
    pub(crate) user: MadeKey,
    /// How many rights of each kind there are.
    pub(crate) of_each_kind: usize,
    /// What may be revoked at the moment.
    kinds: Mutex<Vec<Kind>>,
    /// The next number that nothing has.
    pub(crate) numbers: AtomicU64,
}

// === impl TestCluster ===

impl TestCluster {
    /// Begins with nodes on some addresses, and with nothing made on them.
    pub(crate) fn new(
        addresses: [SocketAddr; COUNT],
        findings: Arc<Findings>,
        of_each_kind: usize,
    ) -> Result<Self> {
        let [a, b, c] = addresses;
        let fresh = Client::without_idle_connections;
        Ok(Self {
            window: FaultWindow::new(),
            findings,
            questioners: [Client::new(a)?, Client::new(b)?, Client::new(c)?],
            changers: [fresh(a)?, fresh(b)?, fresh(c)?],
            records: Records::default(),
            pool: Pool::default(),
            measured: Mutex::default(),
            organization: 0,
            admin: MadeKey::default(),
            user: MadeKey::default(),
            of_each_kind,
            kinds: Mutex::new(Kind::ALL.to_vec()),
            numbers: AtomicU64::new(1),
        })
    }

    /// Returns a number that nothing else has.
    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// From now on only rights of some kinds are taken away.
    pub(crate) fn revoke_only(&self, is_possible: impl Fn(Kind) -> bool) {
        let possible = Kind::ALL.into_iter().filter(|kind| is_possible(*kind));
        *locked(&self.kinds) = possible.collect();
    }

    /// Returns the kinds of which rights may be taken away now.
    pub(crate) fn possible_kinds(&self) -> Vec<Kind> {
        locked(&self.kinds).clone()
    }

    /// Returns whether a right of a kind may be taken away now.
    pub(crate) fn can_revoke(&self, kind: Kind) -> bool {
        locked(&self.kinds).contains(&kind)
    }

    /// Returns one of the nodes that can be relied on, in turns.
    pub(crate) fn some_node(&self) -> usize {
        let reliable = self.window.reliable();
        let turn = usize::try_from(self.next_number()).unwrap_or_default();
        reliable[turn % reliable.len()]
    }

    /// Notes how long a request that was sent to a node waited, as far as the node can
    /// be relied on.
    pub(crate) fn note_wait(
        &self,
        node: usize,
        waiting: Waiting,
        (mark, sent_at): (Mark, Instant),
        is_answered: bool,
    ) {
        let took = sent_at.elapsed();
        if took > LATE {
            let late = format!("node {node} took {:.1} s", took.as_secs_f64());
            self.report_without_fault(mark, late);
        }
        if mark.is_reliable(node) && self.window.mark().is_reliable(node) {
            locked(&self.measured).waits.add(waiting, took, is_answered);
        }
    }

    /// Reports a failure, unless something was allowed to fail since the mark.
    pub(crate) fn report_without_fault(&self, mark: Mark, failure: impl AsRef<str>) {
        if self.window.was_closed_since(mark) {
            let failure = failure.as_ref();
            self.findings.add(format!("without a fault, {failure}"));
        }
    }

    /// Returns what can be revoked of a key that was just made.
    pub(crate) fn revocable(&self, kind: Kind, key: &MadeKey) -> Revocable {
        Revocable::new(kind, key, &self.admin, self.organization)
    }
}
