//! Cache invalidation.

use super::{Change, recorded::UnreadableChange};

/// Invalidates cached data after each commit: for commits of this process, before
/// they are acknowledged; for others, as soon as they are read.
///
/// An implementer MUST return only when no cached data from before the commit is
/// used any more; MUST return quickly, because all writes wait for it; and MUST
/// NOT write to the store.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     change::{Change, KeyEvent, hub::ChangeHub, invalidator::CacheInvalidator},
///     testing::fixture,
/// };
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
///
/// /// Whatever was cached under an earlier number is no longer used.
/// #[derive(Default)]
/// struct Number(AtomicU64);
///
/// impl CacheInvalidator for Number {
///     fn invalidate(&self, _: &Change) {
///         self.invalidate_all();
///     }
///
///     fn invalidate_all(&self) {
///         self.0.fetch_add(1, Ordering::SeqCst);
///     }
/// }
///
/// let number = Arc::new(Number::default());
/// let hub = ChangeHub::new(10).invalidating(number.clone());
/// hub.invalidate(&Change::Key(KeyEvent::Deleted(fixture::api_key(7, "ci"))));
/// assert_eq!(number.0.load(Ordering::SeqCst), 1);
/// ```
pub trait CacheInvalidator: Send + Sync {
    /// Invalidates what `change` makes stale.
    fn invalidate(&self, change: &Change);

    /// Invalidates what a change that cannot be read may make stale: everything
    /// about what it names, or everything if its kind is unknown or it names
    /// nothing.
    fn invalidate_unreadable(&self, change: &UnreadableChange) {
        let _ = change;
        self.invalidate_all();
    }

    /// Invalidates everything, because it is unknown what was committed.
    fn invalidate_all(&self);
}
