//! How many changes, and bytes of events, users and organizations may still make.

mod budget;

use crate::{
    access::quota::{Quota, Quotas, Spender},
    error::{Bound, Rate},
    identifier::{PrincipalId, UserId},
};
use budget::Budgets;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// What each user, and each organization, has spent of its changes and bytes of events.
///
/// Each earns its quota evenly, and saves at most what it earns in a second. A change is
/// refused when there is nothing left for it. The bytes of its events are known only when
/// they are written: they are spent afterwards, also beyond what was left, and who has
/// spent more waits until it is earned.
///
/// # Example
///
/// ```
/// use apikey_domain::access::quota::{Quota, Quotas, Spender};
/// use apikey_domain::access::quota::spending::Spending;
/// use apikey_domain::identifier::UserId;
/// use std::{num::NonZeroU64, time::{Duration, Instant}};
///
/// let changes = Quota { per_user: NonZeroU64::new(2), per_organization: None };
/// let spending = Spending::within(Quotas { changes, ..Quotas::default() });
/// let alice = Spender { user_id: UserId(1), organization_id: None };
/// let now = Instant::now();
/// assert!(spending.admit(alice, now).is_ok());
/// assert!(spending.admit(alice, now).is_ok());
/// let refused = spending.admit(alice, now).unwrap_err();
/// assert_eq!(refused.to_string(), "this user may make 2 changes a second");
/// assert!(spending.admit(alice, now + Duration::from_millis(500)).is_ok());
/// ```
#[derive(Debug, Default)]
pub struct Spending {
    changes: Account,
    event_bytes: Account,
}

/// What is spent of one quota.
#[derive(Debug, Default)]
struct Account {
    quota: Quota,
    spent: Mutex<Spent>,
}

#[derive(Debug, Default)]
struct Spent {
    by_users: Budgets<UserId>,
    by_organizations: Budgets<PrincipalId>,
}

// === impl Spending ===

impl Spending {
    /// Returns that nobody has spent anything of these quotas.
    pub fn within(quotas: Quotas) -> Self {
        Self {
            changes: Account::of(quotas.changes),
            event_bytes: Account::of(quotas.event_bytes),
        }
    }

    /// Spends one change, if there is one left, and of the bytes of events, too.
    ///
    /// # Errors
    ///
    /// [`Bound::RateOfUser`] or [`Bound::RateOfOrganization`], with how long it takes
    /// until the change may be made. Nothing is spent then.
    pub fn admit(&self, spender: Spender, now: Instant) -> Result<(), Bound> {
        self.event_bytes.check(spender, Rate::EventBytes, now)?;
        self.changes.take_one(spender, now)
    }

    /// Spends one change, whether there is one left or not: one that ends a right is
    /// never refused.
    pub fn note(&self, spender: Spender, now: Instant) {
        self.changes.spend(spender, 1, now);
    }

    /// Returns whether the bytes of events are bounded for anybody.
    pub fn bounds_event_bytes(&self) -> bool {
        !self.event_bytes.quota.is_unbounded()
    }

    /// Spends the bytes of the events that a change has written.
    pub fn spend_event_bytes(&self, spender: Spender, bytes: u64, now: Instant) {
        self.event_bytes.spend(spender, bytes, now);
    }
}

// === impl Account ===

impl Account {
    fn of(quota: Quota) -> Self {
        Self {
            quota,
            spent: Mutex::default(),
        }
    }

    /// Refuses who has nothing left.
    fn check(&self, spender: Spender, rate: Rate, now: Instant) -> Result<(), Bound> {
        if self.quota.is_unbounded() {
            return Ok(());
        }
        self.check_in(&self.spent(), spender, rate, now)
    }

    /// Spends a change, or refuses who has none left. Of those who ask at once none sees
    /// what another has taken as left.
    fn take_one(&self, spender: Spender, now: Instant) -> Result<(), Bound> {
        if self.quota.is_unbounded() {
            return Ok(());
        }
        let mut spent = self.spent();
        self.check_in(&spent, spender, Rate::Changes, now)?;
        self.spend_in(&mut spent, spender, 1, now);
        Ok(())
    }

    fn check_in(
        &self,
        spent: &Spent,
        spender: Spender,
        rate: Rate,
        now: Instant,
    ) -> Result<(), Bound> {
        let Spender {
            user_id,
            organization_id,
        } = spender;
        if let Some(limit) = self.quota.per_user
            && let Err(wait) = spent.by_users.check(user_id, limit, now)
        {
            return Err(Bound::RateOfUser(rate, limit.get(), wait));
        }
        if let (Some(limit), Some(id)) = (self.quota.per_organization, organization_id)
            && let Err(wait) = spent.by_organizations.check(id, limit, now)
        {
            return Err(Bound::RateOfOrganization(rate, limit.get(), id, wait));
        }
        Ok(())
    }

    fn spend(&self, spender: Spender, amount: u64, now: Instant) {
        if self.quota.is_unbounded() {
            return;
        }
        self.spend_in(&mut self.spent(), spender, amount, now);
    }

    fn spend_in(&self, spent: &mut Spent, spender: Spender, amount: u64, now: Instant) {
        if let Some(limit) = self.quota.per_user {
            spent.by_users.spend(spender.user_id, amount, limit, now);
        }
        if let (Some(limit), Some(id)) = (self.quota.per_organization, spender.organization_id) {
            spent.by_organizations.spend(id, amount, limit, now);
        }
    }

    fn spent(&self) -> MutexGuard<'_, Spent> {
        // Each of its entries is changed at once.
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{num::NonZeroU64, time::Duration};

    const ALICE: Spender = Spender {
        user_id: UserId(1),
        organization_id: Some(PrincipalId(7)),
    };

    fn quota(per_user: u64, per_organization: u64) -> Quota {
        Quota {
            per_user: NonZeroU64::new(per_user),
            per_organization: NonZeroU64::new(per_organization),
        }
    }

    #[test]
    fn an_organization_is_bounded_whoever_acts_for_it() {
        let changes = quota(0, 4);
        let spending = Spending::within(Quotas {
            changes,
            ..Quotas::default()
        });
        let now = Instant::now();
        for id in 1..=4 {
            let user_id = UserId(id);
            assert_eq!(spending.admit(Spender { user_id, ..ALICE }, now), Ok(()));
        }
        let wait = Duration::from_millis(250);
        let bound = Bound::RateOfOrganization(Rate::Changes, 4, PrincipalId(7), wait);
        assert_eq!(spending.admit(ALICE, now), Err(bound));
        let by_herself = Spender {
            organization_id: None,
            ..ALICE
        };
        assert_eq!(spending.admit(by_herself, now), Ok(()));
    }

    #[test]
    fn who_asks_at_once_gets_no_more_than_one_by_one() {
        let changes = quota(50, 0);
        let spending = Spending::within(Quotas {
            changes,
            ..Quotas::default()
        });
        let now = Instant::now();
        let admitted = std::thread::scope(|scope| {
            let ask = || {
                (0..100)
                    .filter(|_| spending.admit(ALICE, now).is_ok())
                    .count()
            };
            let asking: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            let admitted = asking.into_iter().map(|asking| asking.join().unwrap());
            admitted.sum::<usize>()
        });
        assert_eq!(admitted, 50);
    }

    #[test]
    fn bytes_beyond_the_quota_are_earned_before_the_next_change() {
        let event_bytes = quota(1_000, 0);
        let spending = Spending::within(Quotas {
            event_bytes,
            ..Quotas::default()
        });
        let now = Instant::now();
        assert!(spending.bounds_event_bytes());
        assert_eq!(spending.admit(ALICE, now), Ok(()));
        spending.spend_event_bytes(ALICE, 5_000, now);
        let refused = spending.admit(ALICE, now).unwrap_err();
        let Bound::RateOfUser(Rate::EventBytes, 1_000, wait) = refused else {
            panic!("{refused:?}");
        };
        assert!(wait > Duration::from_secs(4) && wait <= Duration::from_millis(4_001));
        assert_eq!(spending.admit(ALICE, now + wait), Ok(()));
    }

    #[test]
    fn what_ends_a_right_is_spent_and_never_refused() {
        let spending = Spending::within(Quotas {
            changes: quota(1, 0),
            ..Quotas::default()
        });
        let now = Instant::now();
        for _ in 0..3 {
            spending.note(ALICE, now);
        }
        assert!(spending.admit(ALICE, now + Duration::from_secs(2)).is_err());
        assert!(spending.admit(ALICE, now + Duration::from_secs(3)).is_ok());
    }
}
