//! Single flight: requests for one key share a load.

use super::{
    fingerprint::Fingerprint,
    synchronization::{Mutex, lock},
};
use apikey_domain::{error::PortError, verification::facts::KeyFacts};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use std::{collections::HashMap, sync::Arc};

/// The loads in progress.
#[derive(Clone, Default)]
pub(crate) struct SingleFlight(Arc<Mutex<InProgress>>);

#[derive(Default)]
struct InProgress {
    loads: HashMap<Fingerprint, Load>,
    last_number: u64,
}

/// A load that any number of callers may wait for. All of them drive it, so it
/// completes even if the caller that began it is gone; once no caller waits, it is
/// dropped.
struct Load {
    number: u64,
    revision: u64,
    outcome: WeakShared<BoxFuture<'static, Outcome>>,
}

/// Removes a load from the table when it ends or is dropped, so that no other
/// caller joins it.
struct RemoveOnDrop {
    loads: SingleFlight,
    key: Fingerprint,
    number: u64,
}

pub(crate) type Outcome = Result<Option<Arc<KeyFacts>>, LoadFailure>;

/// Why a load failed, for each caller that waited for it.
#[derive(Clone)]
pub(crate) enum LoadFailure {
    Corrupt(String),
    Unavailable(String),
}

// === impl SingleFlight ===

impl SingleFlight {
    /// Joins the load of `key` that is in progress, if it began no earlier than
    /// `requested_at`; otherwise begins one. `begin` returns the revision at which
    /// the load began, and the load, which is not driven before that.
    pub(crate) async fn join(
        &self,
        key: Fingerprint,
        requested_at: u64,
        begin: impl FnOnce() -> (u64, BoxFuture<'static, Outcome>),
    ) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let outcome = {
            let mut in_progress = lock(&self.0);
            let load = in_progress.loads.get(&key);
            let load = load.filter(|load| load.revision >= requested_at);
            match load.and_then(|load| load.outcome.upgrade()) {
                Some(outcome) => outcome,
                None => self.begin(&mut in_progress, key, begin()),
            }
        };
        outcome.await.map_err(PortError::from)
    }

    fn begin(
        &self,
        in_progress: &mut InProgress,
        key: Fingerprint,
        (revision, outcome): (u64, BoxFuture<'static, Outcome>),
    ) -> Shared<BoxFuture<'static, Outcome>> {
        in_progress.last_number += 1;
        let number = in_progress.last_number;
        let remove_on_drop = RemoveOnDrop {
            loads: self.clone(),
            key,
            number,
        };
        let outcome = async move {
            let _remove_on_drop = remove_on_drop;
            outcome.await
        };
        let outcome = outcome.boxed().shared();
        if let Some(weak) = outcome.downgrade() {
            let load = Load {
                number,
                revision,
                outcome: weak,
            };
            in_progress.loads.insert(key, load);
        }
        outcome
    }

    /// Returns how many loads are in progress.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        lock(&self.0).loads.len()
    }
}

// === impl RemoveOnDrop ===

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        let mut in_progress = lock(&self.loads.0);
        let load = in_progress.loads.get(&self.key);
        if load.is_some_and(|load| load.number == self.number) {
            in_progress.loads.remove(&self.key);
        }
    }
}

// === impl LoadFailure ===

impl From<PortError> for LoadFailure {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Corrupt(what) => Self::Corrupt(what),
            PortError::Unavailable(cause) => Self::Unavailable(cause.to_string()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<LoadFailure> for PortError {
    fn from(failure: LoadFailure) -> Self {
        match failure {
            LoadFailure::Corrupt(what) => Self::Corrupt(what),
            LoadFailure::Unavailable(cause) => Self::Unavailable(cause.into()),
        }
    }
}
