//! What all parts of the test share while the nodes run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use reqwest::Method;

use crate::changes::{ChangeSender, with_key};
use crate::fault_window::FaultWindow;
use crate::findings::Findings;
use crate::measured::Measured;
use crate::pool::Pool;
use crate::prober::Prober;
use crate::revocable::{Kind, MadeKey, Revocable};

/// What all parts of the test share.
pub(crate) struct TestCluster {
    /// What may fail at the moment.
    pub(crate) window: Arc<FaultWindow>,
    pub(crate) findings: Arc<Findings>,
    /// Asks about rights.
    pub(crate) prober: Prober,
    /// Makes changes, and records what the database must hold.
    pub(crate) changes: ChangeSender,
    /// What can be revoked.
    pub(crate) pool: Pool,
    /// What was measured in this phase.
    pub(crate) measured: Mutex<Measured>,
    /// Of the platform's administrator, for every change.
    pub(crate) admin: MadeKey,
    /// Of a user who is nobody special, for creations.
    pub(crate) user: MadeKey,
    /// How many rights of each kind there are.
    pub(crate) of_each_kind: usize,
    /// Counts what needs a number of its own.
    pub(crate) numbers: AtomicU64,
}

// === impl TestCluster ===

impl TestCluster {
    /// Returns a number that nothing else has.
    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns one of the nodes that can be relied on, in turns.
    pub(crate) fn some_node(&self) -> usize {
        let reliable = self.window.reliable();
        let turn = usize::try_from(self.next_number()).unwrap_or_default();
        reliable[turn % reliable.len()]
    }

    /// Makes a key of the administrator's, and records what is known of that.
    pub(crate) async fn make_admin_key(&self, node: usize, kind: Kind) -> Result<MadeKey> {
        let name = format!("{}-{}", kind.label(), self.next_number());
        let request = with_key(Method::POST, "/v2/api-keys", &self.admin.value);
        let (scope, models) = (kind.scope(), kind.models());
        let made = self
            .changes
            .create_key(node, request, &name, scope, &models);
        let outcome = made.await;
        MadeKey::read(&outcome.expect_done("a creation")?, &self.admin)
    }

    /// Adds another right of a kind that concerns no people.
    pub(crate) async fn replenish(&self, node: usize, kind: Kind) -> Result<()> {
        let key = self.make_admin_key(node, kind).await?;
        self.pool.add(Revocable::of(kind, &key));
        Ok(())
    }
}
