//! What has ended and is asked about until the phase is over.

use crate::{rights::Right, test_cluster::TestCluster};
use std::sync::{Arc, Mutex};
use xtask_harness::lock::locked;

/// What has ended and is asked about until the phase is over.
#[derive(Default)]
pub(super) struct Ended(Mutex<Vec<Arc<Right>>>);

// === impl Ended ===

impl Ended {
    pub(super) fn add(&self, rights: impl IntoIterator<Item = Arc<Right>>) {
        locked(&self.0).extend(rights);
    }

    /// Returns one of them at random.
    pub(super) fn some(&self, random: u64) -> Option<Arc<Right>> {
        let ended = locked(&self.0);
        let place = usize::try_from(random).unwrap_or_default();
        ended.get(place % ended.len().max(1)).cloned()
    }

    pub(super) fn count(&self) -> usize {
        locked(&self.0).len()
    }

    /// Returns all of them once the phase is over. That there are none is a finding: then
    /// nothing was tried.
    pub(super) fn all(&self, cluster: &TestCluster) -> Vec<Arc<Right>> {
        let all = locked(&self.0).clone();
        if all.is_empty() {
            cluster.findings.add("nothing ended that was to end");
        }
        all
    }
}
