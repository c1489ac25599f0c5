//! What has ended and is asked about until the phase is over.

use crate::{lock::locked, rights::Right};
use std::sync::{Arc, Mutex};

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

    pub(super) fn all(&self) -> Vec<Arc<Right>> {
        locked(&self.0).clone()
    }
}
