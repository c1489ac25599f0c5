//! Every secret that was ever given out, and what it must be answered.

use crate::standing::Standing;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};
use xtask_harness::{close_expiry::now_microseconds, expectation::Expectation, lock::locked};

/// How many of the newest secrets are verified most.
const RECENT: u64 = 400;

/// Everything that is verified.
#[derive(Default)]
pub(crate) struct Model {
    secrets: Mutex<Vec<Arc<Secret>>>,
    /// Those of keys that are never changed.
    steady: Mutex<Vec<Arc<Secret>>>,
}

/// A secret of a key.
pub(crate) struct Secret {
    pub(crate) value: String,
    /// The key.
    pub(crate) id: i64,
    pub(crate) user: i64,
    /// Who owns the key, if that is an organization.
    pub(crate) organization: Option<i64>,
    pub(crate) standing: Expectation<Standing>,
    /// When it was last accepted, in microseconds since the epoch; 0 for never.
    used_at: AtomicI64,
}

// === impl Model ===

impl Model {
    /// Adds a secret.
    pub(crate) fn add(&self, secret: Secret) -> Arc<Secret> {
        let secret = Arc::new(secret);
        locked(&self.secrets).push(Arc::clone(&secret));
        secret
    }

    /// Adds a secret of a key that is never changed.
    pub(crate) fn add_steady(&self, secret: Secret) {
        let secret = self.add(secret);
        locked(&self.steady).push(secret);
    }

    /// Returns one: one of the newest, one that never changes, or any at all, most of which
    /// are refused.
    pub(crate) fn pick(&self, random: u64) -> Option<Arc<Secret>> {
        let (turn, random) = (random % 4, random / 4);
        let from = if turn == 0 {
            &self.steady
        } else {
            &self.secrets
        };
        let secrets = locked(from);
        let count = secrets.len() as u64;
        let among = if turn == 1 { count } else { count.min(RECENT) };
        let index = count.checked_sub(1)? - random % among.max(1);
        secrets.get(usize::try_from(index).ok()?).cloned()
    }

    /// Returns all.
    pub(crate) fn all(&self) -> Vec<Arc<Secret>> {
        locked(&self.secrets).clone()
    }

    /// Returns the ids of the keys that are never changed.
    pub(crate) fn steady(&self) -> Vec<i64> {
        locked(&self.steady).iter().map(|one| one.id).collect()
    }
}

// === impl Secret ===

impl Secret {
    /// Makes one that is used from now on.
    pub(crate) fn new(
        value: &str,
        (id, user, organization): (i64, i64, Option<i64>),
        standing: Expectation<Standing>,
    ) -> Self {
        Self {
            value: value.to_owned(),
            id,
            user,
            organization,
            standing,
            used_at: AtomicI64::new(0),
        }
    }

    /// It was accepted.
    pub(crate) fn mark_used(&self) {
        let now = now_microseconds().unwrap_or_default();
        self.used_at.fetch_max(now, Ordering::Relaxed);
    }

    /// Returns when it was last accepted, in microseconds since the epoch.
    pub(crate) fn used_at(&self) -> Option<i64> {
        let at = self.used_at.load(Ordering::Relaxed);
        (at > 0).then_some(at)
    }
}
