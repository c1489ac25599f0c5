//! Tests of shared loads.

use crate::key_facts::{
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

/// Loads that are counted, and that end once they are released.
#[derive(Default)]
struct BlockedLoads {
    count: Cell<u32>,
    is_released: Arc<AtomicBool>,
}

impl BlockedLoads {
    fn begin(&self, revision: u64) -> (u64, BoxFuture<'static, Outcome>) {
        self.count.set(self.count.get() + 1);
        let is_released = Arc::clone(&self.is_released);
        let load = std::future::poll_fn(move |_| {
            if is_released.load(Ordering::SeqCst) {
                Poll::Ready(Ok(None))
            } else {
                Poll::Pending
            }
        });
        (revision, load.boxed())
    }

    /// Polls every request once, then releases the loads and waits for all requests.
    fn complete<T>(&self, requests: impl IntoIterator<Item = impl Future<Output = T>>) {
        let mut requests: Vec<_> = requests.into_iter().map(Box::pin).collect();
        let waker = noop_waker();
        let mut context = Context::from_waker(&waker);
        for request in &mut requests {
            assert!(request.as_mut().poll(&mut context).is_pending());
        }
        self.is_released.store(true, Ordering::SeqCst);
        futures_executor::block_on(join_all(requests));
    }
}

#[test]
fn any_number_of_requests_share_one_load() {
    let (loads, blocked, key) = (SingleFlight::default(), BlockedLoads::default(), key());
    blocked.complete((0..1_000).map(|_| loads.join(key, 1, || blocked.begin(1))));
    assert_eq!((blocked.count.get(), loads.len()), (1, 0));
}

#[test]
fn a_load_that_began_before_the_request_is_not_joined() {
    let (loads, blocked, key) = (SingleFlight::default(), BlockedLoads::default(), key());
    let (loads, blocked) = (&loads, &blocked);
    let request = |at| loads.join(key, at, move || blocked.begin(at));
    blocked.complete([request(1), request(2), request(2)]);
    assert_eq!((blocked.count.get(), loads.len()), (2, 0));
}

#[test]
fn a_load_without_waiting_requests_is_dropped() {
    let (loads, blocked, key) = (SingleFlight::default(), BlockedLoads::default(), key());
    let mut join = Box::pin(loads.join(key, 1, || blocked.begin(1)));
    let waker = noop_waker();
    let mut context = Context::from_waker(&waker);
    assert!(join.as_mut().poll(&mut context).is_pending());
    assert_eq!(loads.len(), 1);
    drop(join);
    assert_eq!(loads.len(), 0);
}
