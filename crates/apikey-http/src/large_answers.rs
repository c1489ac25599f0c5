//! The memory that all large answers have together.
//!
//! An answer that fits [`apikey_domain::listing::PIECE_BYTES`] needs nothing from
//! here and never waits. A larger one reserves a share before it begins and keeps it
//! until its last byte is passed on or its client is gone. So clients that read
//! slowly, or not at all, cannot make the process grow, however many they are.

use crate::error::HttpError;
use apikey_domain::listing::PIECE_BYTES;
use std::{cell::RefCell, sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much memory large answers may take.
///
/// Lists and batches of verifications have separate budgets, so that clients that
/// read lists do not hinder verifications.
///
/// # Example
///
/// ```
/// use apikey_http::LargeAnswers;
///
/// let few = LargeAnswers::of_bytes(4 * LargeAnswers::SHARE_BYTES);
/// let _same_budget = few.clone();
/// ```
#[derive(Clone)]
pub struct LargeAnswers {
    pub(crate) lists: Budget,
    pub(crate) verifications: Budget,
}

/// Memory to be shared by answers of one kind.
#[derive(Clone)]
pub(crate) struct Budget {
    kilobytes: Arc<Semaphore>,
    /// What answers that wait for a share hold already.
    waiting: Arc<Semaphore>,
}

/// A part of a budget, which is returned when this is dropped.
pub(crate) struct Share {
    _permit: OwnedSemaphorePermit,
}

/// A growing part of a budget, for an answer whose size is not known beforehand.
pub(crate) struct Account {
    budget: Budget,
    state: RefCell<(usize, Option<OwnedSemaphorePermit>)>,
}

// === impl LargeAnswers ===

impl LargeAnswers {
    /// What one list reserves in bytes: a piece of it as it is in memory, with the
    /// JSON of some of its entries and the buffers of the connection.
    pub const SHARE_BYTES: usize = 8 * PIECE_BYTES;

    /// How long an answer waits for its share.
    pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

    /// Creates a budget of this many bytes for lists, and one for batches of
    /// verifications.
    pub fn of_bytes(bytes: usize) -> Self {
        Self {
            lists: Budget::of_bytes(bytes),
            verifications: Budget::of_bytes(bytes),
        }
    }
}

/// Lists share 32 MiB, which is enough for 64 at once; batches of verifications
/// share 32 MiB, too.
impl Default for LargeAnswers {
    fn default() -> Self {
        Self::of_bytes(64 * Self::SHARE_BYTES)
    }
}

// === impl Budget ===

impl Budget {
    fn of_bytes(bytes: usize) -> Self {
        Self {
            kilobytes: Arc::new(Semaphore::new(bytes / 1_024)),
            waiting: Arc::new(Semaphore::new(bytes / 8 / 1_024)),
        }
    }

    /// Reserves the share of one list, of which the first piece has been read.
    ///
    /// # Errors
    ///
    /// 503 if none becomes free in time, or if too many wait already.
    pub(crate) async fn reserve(&self) -> Result<Share, HttpError> {
        let share = kilobytes(LargeAnswers::SHARE_BYTES);
        if let Ok(permit) = Arc::clone(&self.kilobytes).try_acquire_many_owned(share) {
            return Ok(Share { _permit: permit });
        }
        let held = kilobytes(2 * PIECE_BYTES);
        let _waiting = self
            .waiting
            .try_acquire_many(held)
            .map_err(|_| exhausted())?;
        let permit = Arc::clone(&self.kilobytes).acquire_many_owned(share);
        match tokio::time::timeout(LargeAnswers::PATIENCE, permit).await {
            Ok(Ok(permit)) => Ok(Share { _permit: permit }),
            Ok(Err(_)) | Err(_) => Err(exhausted()),
        }
    }

    /// Opens an account for an answer of unknown size.
    pub(crate) fn account(&self) -> Account {
        Account {
            budget: self.clone(),
            state: RefCell::new((0, None)),
        }
    }
}

// === impl Account ===

impl Account {
    /// Adds to the bytes that the answer holds; only what exceeds a piece counts.
    /// It never waits, because answers that wait for each other would not end.
    ///
    /// # Errors
    ///
    /// 503 if the budget is exhausted.
    pub(crate) fn add(&self, bytes: usize) -> Result<(), HttpError> {
        let (held, permit) = &mut *self.state.borrow_mut();
        *held += bytes;
        let owed = kilobytes(held.saturating_sub(PIECE_BYTES));
        let reserved = permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = owed.saturating_sub(u32::try_from(reserved).unwrap_or(u32::MAX));
        if missing == 0 {
            return Ok(());
        }
        let added = Arc::clone(&self.budget.kilobytes).try_acquire_many_owned(missing);
        let added = added.map_err(|_| exhausted())?;
        match permit {
            Some(permit) => permit.merge(added),
            None => *permit = Some(added),
        }
        Ok(())
    }

    /// Returns what was reserved; nothing if the answer is small.
    pub(crate) fn close(self) -> Option<Share> {
        let (_, permit) = self.state.into_inner();
        permit.map(|permit| Share { _permit: permit })
    }
}

fn kilobytes(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1_024)).unwrap_or(u32::MAX)
}

fn exhausted() -> HttpError {
    HttpError::overloaded(
        "Too many large answers are being read, try again",
        "too many large answers are being read",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(shares: usize) -> Budget {
        Budget::of_bytes(shares * LargeAnswers::SHARE_BYTES)
    }

    #[actix_web::test]
    async fn a_share_is_waited_for_and_refused_in_time() {
        tokio::time::pause();
        let budget = budget(2);
        let first = budget.reserve().await.ok();
        let _second = budget.reserve().await.ok();
        let started = tokio::time::Instant::now();
        assert!(budget.reserve().await.is_err());
        assert_eq!(
            started.elapsed().as_secs(),
            LargeAnswers::PATIENCE.as_secs()
        );
        let (waited, ()) = tokio::join!(budget.reserve(), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(first);
        });
        assert!(waited.is_ok());
        assert_eq!(
            started.elapsed().as_secs(),
            LargeAnswers::PATIENCE.as_secs() + 1
        );
    }

    #[actix_web::test]
    async fn only_a_few_wait_for_a_share() {
        tokio::time::pause();
        let budget = budget(1);
        let held = budget.reserve().await.ok();
        assert!(held.is_some());
        let started = tokio::time::Instant::now();
        // A single share leaves room for no one to wait.
        assert!(budget.reserve().await.is_err());
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    #[test]
    fn an_account_counts_what_exceeds_a_piece() {
        let budget = budget(1);
        let all = budget.kilobytes.available_permits();
        let small = budget.account();
        assert!(small.add(PIECE_BYTES).is_ok());
        assert!(small.close().is_none());
        let large = budget.account();
        assert!(large.add(PIECE_BYTES).is_ok());
        assert!(large.add(10_240).is_ok());
        assert_eq!(budget.kilobytes.available_permits(), all - 10);
        assert!(large.add(LargeAnswers::SHARE_BYTES).is_err());
        drop(large.close());
        assert_eq!(budget.kilobytes.available_permits(), all);
    }
}
