//! One load of a key at a time.

use crate::{
    fingerprint::Fingerprint,
    synchronization::{Mutex, lock},
};
use apikey_domain::port::{StoreError, key_facts_source::Found};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use std::{collections::HashMap, sync::Arc};

/// The loads under way.
#[derive(Clone, Default)]
pub(crate) struct Loads(Arc<Mutex<UnderWay>>);

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
    loads: Loads,
    key: Fingerprint,
    number: u64,
}

pub(crate) type Outcome = Result<Found, LoadFailure>;

/// Why a load failed, for each who waited for it.
#[derive(Clone)]
pub(crate) enum LoadFailure {
    Corrupt(String),
    Unavailable(String),
}

impl Loads {
    /// Joins the load of `key` that is under way, if it began no earlier than
    /// `asked_at`; else begins one. `begin` answers the revision at which it
    /// began, and is not driven before that.
    pub(crate) async fn join(
        &self,
        key: Fingerprint,
        asked_at: u64,
        begin: impl FnOnce() -> (u64, BoxFuture<'static, Outcome>),
    ) -> Result<Found, StoreError> {
        let outcome = {
            let mut under_way = lock(&self.0);
            let load = under_way.loads.get(&key);
            let load = load.filter(|load| load.revision >= asked_at);
            match load.and_then(|load| load.outcome.upgrade()) {
                Some(outcome) => outcome,
                None => self.begun(&mut under_way, key, begin()),
            }
        };
        outcome.await.map_err(StoreError::from)
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
    #[cfg(all(test, not(feature = "interleavings")))]
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

impl From<StoreError> for LoadFailure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt(what) => Self::Corrupt(what),
            StoreError::Unavailable(cause) => Self::Unavailable(cause.to_string()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<LoadFailure> for StoreError {
    fn from(failure: LoadFailure) -> Self {
        match failure {
            LoadFailure::Corrupt(what) => Self::Corrupt(what),
            LoadFailure::Unavailable(cause) => Self::Unavailable(cause.into()),
        }
    }
}

#[cfg(all(test, not(feature = "interleavings")))]
mod tests {
    use super::*;
    use crate::revisions::Revisions;
    use futures_util::{future::join_all, task::noop_waker};
    use std::{
        cell::Cell,
        sync::atomic::{AtomicBool, Ordering},
        task::{Context, Poll},
    };

    fn key() -> Fingerprint {
        Revisions::new().fingerprint_of("0123456789abcdef")
    }

    /// Loads that are counted and end when they are let go.
    #[derive(Default)]
    struct Slow {
        count: Cell<u32>,
        is_let_go: Arc<AtomicBool>,
    }

    impl Slow {
        fn begin(&self, revision: u64) -> (u64, BoxFuture<'static, Outcome>) {
            self.count.set(self.count.get() + 1);
            let is_let_go = Arc::clone(&self.is_let_go);
            let load = std::future::poll_fn(move |_| match is_let_go.load(Ordering::SeqCst) {
                true => Poll::Ready(Ok(Found::now(None))),
                false => Poll::Pending,
            });
            (revision, load.boxed())
        }

        /// Lets all ask, then lets them go, and waits for them.
        fn await_all<T>(&self, all: impl IntoIterator<Item = impl Future<Output = T>>) {
            let mut all: Vec<_> = all.into_iter().map(Box::pin).collect();
            let waker = noop_waker();
            let mut context = Context::from_waker(&waker);
            for one in &mut all {
                assert!(one.as_mut().poll(&mut context).is_pending());
            }
            self.is_let_go.store(true, Ordering::SeqCst);
            futures_executor::block_on(join_all(all));
        }
    }

    #[test]
    fn however_many_ask_one_load_runs() {
        let (loads, slow, key) = (Loads::default(), Slow::default(), key());
        slow.await_all((0..1_000).map(|_| loads.join(key, 1, || slow.begin(1))));
        assert_eq!((slow.count.get(), loads.len()), (1, 0));
    }

    #[test]
    fn a_load_that_began_before_the_question_is_not_joined() {
        let (loads, slow, key) = (Loads::default(), Slow::default(), key());
        let (loads, slow) = (&loads, &slow);
        let ask = |asked_at| loads.join(key, asked_at, move || slow.begin(asked_at));
        slow.await_all([ask(1), ask(2), ask(2)]);
        assert_eq!((slow.count.get(), loads.len()), (2, 0));
    }

    #[test]
    fn a_load_nobody_waits_for_is_dropped() {
        let (loads, slow, key) = (Loads::default(), Slow::default(), key());
        let mut join = Box::pin(loads.join(key, 1, || slow.begin(1)));
        let waker = noop_waker();
        let mut context = Context::from_waker(&waker);
        assert!(join.as_mut().poll(&mut context).is_pending());
        assert_eq!(loads.len(), 1);
        drop(join);
        assert_eq!(loads.len(), 0);
    }
}
