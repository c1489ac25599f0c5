//! How many lists of one user are read at once.
//!
//! A store reads a few lists at once. A user whose lists take long has a share of these
//! places: their other lists wait for one of their own, in a queue that nobody else is
//! in. So whoever lists little finds a place, however much others list. A place is held
//! while a piece is read, and not while the client takes it.

use crate::error::HttpError;
use apikey_domain::identifier::UserId;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// How many lists of one user are read at once. The others wait.
///
/// # Example
///
/// ```
/// use apikey_http::ListPlaces;
///
/// let places = ListPlaces::for_each_user(2);
/// let _same_places = places.clone();
/// ```
#[derive(Clone)]
pub struct ListPlaces {
    share: usize,
    users: Arc<Mutex<HashMap<UserId, Queue>>>,
}

/// The lists of a user that are read or wait.
struct Queue {
    places: Arc<Semaphore>,
    count: usize,
}

/// A place in which a piece of a list is read. It is free again when this is dropped.
pub(crate) struct Place {
    // Dropped first: who waits needs it.
    _permit: OwnedSemaphorePermit,
    _ticket: Ticket,
}

/// One that is counted in the queue of a user.
struct Ticket {
    places: ListPlaces,
    user: UserId,
}

// === impl ListPlaces ===

impl ListPlaces {
    /// How long a list waits for others of its user.
    pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
    /// How many lists of a user may wait: as many as watches may begin at once.
    const WAITING: usize = 10_000;

    /// Gives each user so many places, at least one.
    pub fn for_each_user(share: usize) -> Self {
        Self {
            share: share.max(1),
            users: Arc::default(),
        }
    }

    /// Takes a place of this user, or waits for one.
    ///
    /// # Errors
    ///
    /// 503 if none becomes free in time, or if too many wait already.
    pub(crate) async fn take(&self, user: UserId) -> Result<Place, HttpError> {
        let (ticket, places) = self.enter(user).ok_or_else(too_many)?;
        match timeout(Self::PATIENCE, places.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place {
                _permit: permit,
                _ticket: ticket,
            }),
            Ok(Err(_)) | Err(_) => Err(too_many()),
        }
    }

    /// Enters the queue of a user, unless it is too long.
    fn enter(&self, user: UserId) -> Option<(Ticket, Arc<Semaphore>)> {
        let mut users = self.users();
        let queue = users.entry(user).or_insert_with(|| Queue {
            places: Arc::new(Semaphore::new(self.share)),
            count: 0,
        });
        if queue.count >= self.share + Self::WAITING {
            return None;
        }
        queue.count += 1;
        let ticket = Ticket {
            places: self.clone(),
            user,
        };
        Some((ticket, Arc::clone(&queue.places)))
    }

    /// No code panics while it holds the lock, so poisoning can be ignored.
    fn users(&self) -> MutexGuard<'_, HashMap<UserId, Queue>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Each user has two places.
impl Default for ListPlaces {
    fn default() -> Self {
        Self::for_each_user(2)
    }
}

// === impl Ticket ===

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut users = self.places.users();
        if let Entry::Occupied(mut queue) = users.entry(self.user) {
            queue.get_mut().count -= 1;
            if queue.get().count == 0 {
                queue.remove();
            }
        }
    }
}

fn too_many() -> HttpError {
    HttpError::overloaded(
        "Too many lists of this user are being read, try again",
        "too many lists of one user are being read",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use tokio::time::Instant;

    const ALICE: UserId = UserId(1);
    const BOB: UserId = UserId(2);

    #[actix_web::test]
    async fn a_user_waits_for_their_own_lists_and_nobody_elses() {
        tokio::time::pause();
        let places = ListPlaces::for_each_user(2);
        let first = places.take(ALICE).await.ok().unwrap();
        let _second = places.take(ALICE).await.ok().unwrap();
        let started = Instant::now();
        assert!(places.take(BOB).now_or_never().unwrap().is_ok());
        assert!(places.take(ALICE).await.is_err());
        assert_eq!(started.elapsed().as_secs(), ListPlaces::PATIENCE.as_secs());
        let (third, ()) = tokio::join!(places.take(ALICE), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(first);
        });
        assert!(third.is_ok());
    }

    #[actix_web::test]
    async fn only_so_many_lists_of_a_user_wait() {
        let places = ListPlaces::for_each_user(1);
        let held = places.take(ALICE).await.ok();
        let waiting: Vec<_> = (0..ListPlaces::WAITING)
            .map(|_| places.enter(ALICE).unwrap())
            .collect();
        assert!(places.take(ALICE).now_or_never().unwrap().is_err());
        assert!(places.take(BOB).now_or_never().unwrap().is_ok());
        drop(waiting);
        drop(held);
        assert!(places.users().is_empty());
        assert!(places.take(ALICE).now_or_never().unwrap().is_ok());
    }
}
