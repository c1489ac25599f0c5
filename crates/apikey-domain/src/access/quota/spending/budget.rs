//! What each of many has left of a quota that it earns evenly.

use std::{
    collections::HashMap,
    hash::Hash,
    num::NonZeroU64,
    time::{Duration, Instant},
};

/// For how long what is earned is saved.
const SAVED_FOR: Duration = Duration::from_secs(1);
/// How many entries there are before those that say nothing are looked for.
const FEW: usize = 1_024;

/// When each will have earned what they have spent. Who has earned it already has no
/// entry, or one that says nothing.
#[derive(Debug)]
pub(super) struct Budgets<K> {
    earned_at: HashMap<K, Instant>,
    /// With how many entries those that say nothing are looked for again.
    next_sweep: usize,
}

impl<K> Default for Budgets<K> {
    fn default() -> Self {
        Self {
            earned_at: HashMap::new(),
            next_sweep: FEW,
        }
    }
}

// === impl Budgets ===

impl<K: Copy + Eq + Hash> Budgets<K> {
    /// Checks that the holder has one left, of so many a second.
    ///
    /// # Errors
    ///
    /// How long it takes until they have.
    pub(super) fn check(&self, holder: K, limit: NonZeroU64, now: Instant) -> Result<(), Duration> {
        let Some(earned_at) = self.earned_at.get(&holder) else {
            return Ok(());
        };
        let owed = earned_at.saturating_duration_since(now);
        let wait = (owed + time_for(1, limit)).saturating_sub(SAVED_FOR);
        if wait.is_zero() { Ok(()) } else { Err(wait) }
    }

    /// Spends an amount, whether it is left or not.
    pub(super) fn spend(&mut self, holder: K, amount: u64, limit: NonZeroU64, now: Instant) {
        let earned_at = self.earned_at.get(&holder).copied().unwrap_or(now).max(now);
        let time = time_for(amount, limit);
        // Beyond what the clock can say nothing is owed.
        let earned_at = earned_at.checked_add(time).unwrap_or(earned_at);
        self.earned_at.insert(holder, earned_at);
        if self.earned_at.len() >= self.next_sweep {
            self.earned_at.retain(|_, earned_at| *earned_at > now);
            self.next_sweep = FEW.max(2 * self.earned_at.len());
        }
    }
}

/// Returns how long it takes to earn an amount, of so much a second.
fn time_for(amount: u64, limit: NonZeroU64) -> Duration {
    let nanoseconds = u128::from(amount) * 1_000_000_000 / u128::from(limit.get());
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: NonZeroU64 = NonZeroU64::new(10).unwrap();

    #[test]
    fn a_second_may_be_spent_at_once_and_no_more_is_saved() {
        let mut budgets = Budgets::default();
        let start = Instant::now();
        for idle in [0, 1_000, 60_000] {
            let now = start + Duration::from_millis(idle);
            for _ in 0..10 {
                assert_eq!(budgets.check('a', TEN, now), Ok(()));
                budgets.spend('a', 1, TEN, now);
            }
            let wait = budgets.check('a', TEN, now).unwrap_err();
            assert_eq!(wait, Duration::from_millis(100));
        }
    }

    #[test]
    fn who_owes_nothing_takes_no_memory() {
        let mut budgets = Budgets::default();
        let start = Instant::now();
        for holder in 0..100_000_u64 {
            budgets.spend(holder, 1, TEN, start + Duration::from_millis(holder));
        }
        assert!(budgets.earned_at.len() <= 2 * FEW);
    }
}
