//! How many connections reads that may take long have at once.

use crate::failure::unavailable;
use apikey_domain::error::PortError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// Places for reads that may take long: half of the connections, so that quick reads
/// find one however many slow ones wait.
#[derive(Clone)]
pub(super) struct ScanPlaces(Arc<Places>);

/// One of them, which is free again when this is dropped.
pub(super) struct ScanPlace(Arc<Places>);

struct Places {
    free: Semaphore,
    count: Mutex<Count>,
}

/// How many places there are and should be.
struct Count {
    are: usize,
    should_be: usize,
}

// === impl Places ===

impl Places {
    /// No code panics while it holds the lock, so poisoning can be ignored.
    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl ScanPlaces ===

impl ScanPlaces {
    /// Returns the places among this many connections.
    pub(super) fn among(connections: usize) -> Self {
        let places = half(connections);
        Self(Arc::new(Places {
            free: Semaphore::new(places),
            count: Mutex::new(Count {
                are: places,
                should_be: places,
            }),
        }))
    }

    /// Waits for a place.
    pub(super) async fn take(&self) -> Result<ScanPlace, PortError> {
        let permit = self.0.free.acquire().await.map_err(unavailable)?;
        permit.forget();
        Ok(ScanPlace(Arc::clone(&self.0)))
    }

    /// Follows the number of connections; a place too many goes when it becomes free.
    pub(super) fn adapt_to(&self, connections: usize) {
        let mut count = self.0.count();
        count.should_be = half(connections);
        if count.are > count.should_be {
            count.are -= self.0.free.forget_permits(count.are - count.should_be);
        } else {
            self.0.free.add_permits(count.should_be - count.are);
            count.are = count.should_be;
        }
    }
}

impl Drop for ScanPlace {
    fn drop(&mut self) {
        let mut count = self.0.count();
        if count.are > count.should_be {
            count.are -= 1;
        } else {
            self.0.free.add_permits(1);
        }
    }
}

/// Returns how many of these connections slow reads may have: at least one.
pub(super) fn half(connections: usize) -> usize {
    (connections / 2).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn take(places: &ScanPlaces) -> Option<ScanPlace> {
        places.take().now_or_never().and_then(Result::ok)
    }

    #[test]
    fn scans_have_half_of_the_connections_and_at_least_one() {
        for (connections, expected) in [(1, 1), (2, 1), (3, 1), (16, 8)] {
            let places = ScanPlaces::among(connections);
            let taken: Vec<_> = std::iter::from_fn(|| take(&places)).collect();
            assert_eq!(taken.len(), expected, "{connections}");
        }
    }

    #[test]
    fn places_follow_the_number_of_connections() {
        let places = ScanPlaces::among(8);
        let mut taken: Vec<_> = std::iter::from_fn(|| take(&places)).collect();
        assert_eq!(taken.len(), 4);
        places.adapt_to(4);
        taken.pop();
        taken.pop();
        assert!(take(&places).is_none());
        taken.pop();
        taken.push(take(&places).unwrap());
        places.adapt_to(6);
        taken.push(take(&places).unwrap());
        assert!(take(&places).is_none());
        drop(taken);
        assert_eq!(places.0.free.available_permits(), 3);
        places.adapt_to(1);
        assert_eq!(places.0.free.available_permits(), 1);
    }
}
