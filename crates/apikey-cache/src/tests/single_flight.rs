//! One load of a key at a time.

use crate::{
    fingerprint::Fingerprint,
    revisions::Revisions,
    single_flight::{Outcome, SingleFlight},
};
use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
    task::noop_waker,
};
use std::{
    cell::Cell,
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll},
};

fn key() -> Fingerprint {
    Revisions::new().fingerprint_of("0123456789abcdef")
}

/// SingleFlight that are counted and end when they are let go.
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
            true => Poll::Ready(Ok(None)),
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
    let (loads, slow, key) = (SingleFlight::default(), Slow::default(), key());
    slow.await_all((0..1_000).map(|_| loads.join(key, 1, || slow.begin(1))));
    assert_eq!((slow.count.get(), loads.len()), (1, 0));
}

#[test]
fn a_load_that_began_before_the_question_is_not_joined() {
    let (loads, slow, key) = (SingleFlight::default(), Slow::default(), key());
    let (loads, slow) = (&loads, &slow);
    let ask = |asked_at| loads.join(key, asked_at, move || slow.begin(asked_at));
    slow.await_all([ask(1), ask(2), ask(2)]);
    assert_eq!((slow.count.get(), loads.len()), (2, 0));
}

#[test]
fn a_load_nobody_waits_for_is_dropped() {
    let (loads, slow, key) = (SingleFlight::default(), Slow::default(), key());
    let mut join = Box::pin(loads.join(key, 1, || slow.begin(1)));
    let waker = noop_waker();
    let mut context = Context::from_waker(&waker);
    assert!(join.as_mut().poll(&mut context).is_pending());
    assert_eq!(loads.len(), 1);
    drop(join);
    assert_eq!(loads.len(), 0);
}
