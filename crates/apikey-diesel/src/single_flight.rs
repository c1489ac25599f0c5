//! A check that many ask for at once is made once.

use apikey_domain::error::{PortError, with_causes};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::AbortHandle;

/// The result of a check: why it failed.
pub(crate) type Checked = Result<(), Arc<str>>;

/// A check of which one is under way at most.
#[derive(Default)]
pub(crate) struct SingleFlight {
    current: Mutex<Option<Flight>>,
}

struct Flight {
    task: AbortHandle,
    result: Shared<BoxFuture<'static, Checked>>,
}

// === impl SingleFlight ===

impl SingleFlight {
    /// Returns the result of the check that is under way; if there is none, begins one.
    /// It goes on when nobody waits for it any longer, but its result is not kept.
    pub(crate) fn join<F>(&self, check: impl FnOnce() -> F) -> Shared<BoxFuture<'static, Checked>>
    where
        F: Future<Output = Result<(), PortError>> + Send + 'static,
    {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = &*current
            && !flight.task.is_finished()
        {
            return flight.result.clone();
        }
        let task = tokio::spawn(check());
        let handle = task.abort_handle();
        let result = async move {
            match task.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(with_causes(&error).into()),
                Err(error) => Err(error.to_string().into()),
            }
        };
        let result = result.boxed().shared();
        *current = Some(Flight {
            task: handle,
            result: result.clone(),
        });
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::unavailable;
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };
    use tokio::{sync::Notify, time::timeout};

    #[tokio::test]
    async fn many_share_one_check_and_the_next_one_begins_another() {
        let (flight, count) = (SingleFlight::default(), Arc::new(AtomicUsize::new(0)));
        let ends = Arc::new(Notify::new());
        let join = || {
            flight.join(|| {
                let (count, ends) = (Arc::clone(&count), Arc::clone(&ends));
                async move {
                    count.fetch_add(1, Ordering::SeqCst);
                    ends.notified().await;
                    Err(unavailable("no"))
                }
            })
        };
        let waiting: Vec<_> = (0..10).map(|_| join()).collect();
        for flight in &waiting {
            let waited = timeout(Duration::from_millis(1), flight.clone());
            assert!(waited.await.is_err());
        }
        ends.notify_one();
        for flight in waiting {
            assert_eq!(&*flight.await.unwrap_err(), "store unavailable: no");
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
        ends.notify_one();
        assert!(join().await.is_err());
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_a_check_found_while_nobody_waited_is_not_kept() {
        let flight = SingleFlight::default();
        drop(flight.join(|| async { Err(unavailable("of old")) }));
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(flight.join(|| async { Ok(()) }).await, Ok(()));
    }
}
