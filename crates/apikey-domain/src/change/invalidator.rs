//! Who is told of a commit before its caller is.

use super::{Change, recorded::UnreadableChange};

/// Hears of every change after its commit: of those made through this process
/// before they are answered, of others as soon as they are known.
///
/// An implementer MUST return only when nothing that was known before the
/// commit is relied on any more; MUST return soon, because all writes wait; and
/// MUST NOT write.
pub trait CacheInvalidator: Send + Sync {
    /// This was committed.
    fn invalidate(&self, change: &Change);

    /// Something was committed that cannot be read: nothing known before of what
    /// it names may be relied on, nor anything at all when its kind is not known
    /// or it names nothing.
    fn unreadable(&self, change: &UnreadableChange) {
        let _ = change;
        self.invalidate_all();
    }

    /// What was committed is not known: nothing known before may be relied on.
    fn invalidate_all(&self);
}
