//! One load of a key at a time.

use crate::{
    fingerprint::Fingerprint,
    synchronization::{Mutex, lock},
};
use apikey_domain::{error::PortError, verification::facts::KeyFacts};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use std::{collections::HashMap, sync::Arc};

/// The loads under way.
#[derive(Clone, Default)]
pub(crate) struct SingleFlight(Arc<Mutex<UnderWay>>);

#[derive(Default)]
struct UnderWay {
    loads: HashMap<Fingerprint, Load>,
    last_number: u64,
}

/// A load that any number may wait for. Whoever waits drives it, so it ends
/// also when the one who began it is gone; when nobody waits any more, it is
/// dropped.
struct Load {
    number: u64,
    revision: u64,
    outcome: WeakShared<BoxFuture<'static, Outcome>>,
}

/// Lets nobody join a load any more once it has ended or was dropped.
struct End {
    loads: SingleFlight,
    key: Fingerprint,
    number: u64,
}

pub(crate) type Outcome = Result<Option<Arc<KeyFacts>>, LoadFailure>;

/// Why a load failed, for each who waited for it.
#[derive(Clone)]
pub(crate) enum LoadFailure {
    Corrupt(String),
    Unavailable(String),
}

impl SingleFlight {
    /// Joins the load of `key` that is under way, if it began no earlier than
    /// `asked_at`; else begins one. `begin` answers the revision at which it
    /// began, and is not driven before that.
    pub(crate) async fn join(
        &self,
        key: Fingerprint,
        asked_at: u64,
        begin: impl FnOnce() -> (u64, BoxFuture<'static, Outcome>),
    ) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let outcome = {
            let mut under_way = lock(&self.0);
            let load = under_way.loads.get(&key);
            let load = load.filter(|load| load.revision >= asked_at);
            match load.and_then(|load| load.outcome.upgrade()) {
                Some(outcome) => outcome,
                None => self.begun(&mut under_way, key, begin()),
            }
        };
        outcome.await.map_err(PortError::from)
    }

    fn begun(
        &self,
        under_way: &mut UnderWay,
        key: Fingerprint,
        (revision, outcome): (u64, BoxFuture<'static, Outcome>),
    ) -> Shared<BoxFuture<'static, Outcome>> {
        under_way.last_number += 1;
        let number = under_way.last_number;
        let end = End {
            loads: self.clone(),
            key,
            number,
        };
        let outcome = async move {
            let _end = end;
            outcome.await
        };
        let outcome = outcome.boxed().shared();
        if let Some(weak) = outcome.downgrade() {
            let load = Load {
                number,
                revision,
                outcome: weak,
            };
            under_way.loads.insert(key, load);
        }
        outcome
    }

    /// How many loads are under way.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        lock(&self.0).loads.len()
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut under_way = lock(&self.loads.0);
        let load = under_way.loads.get(&self.key);
        if load.is_some_and(|load| load.number == self.number) {
            under_way.loads.remove(&self.key);
        }
    }
}

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
