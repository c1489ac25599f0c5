//! Cache invalidation.

use super::{Change, recorded::UnreadableChange};

/// Invalidates cached data after each commit: for commits of this process, before
/// they are acknowledged; for others, as soon as they are read.
///
/// An implementer MUST return only when no cached data from before the commit is
/// used any more; MUST return quickly, because all writes wait for it; and MUST
/// NOT write to the store.
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
