//! Who is told of a commit before its caller is.

use super::Change;

/// Hears of every change after its commit: of those made through this process
/// before they are answered, of others as soon as they are known.
///
/// An implementer MUST return only when nothing that was known before the
/// commit is relied on any more; MUST return soon, because all writes wait; and
/// MUST NOT write.
pub trait CacheInvalidator: Send + Sync {
    /// This was committed.
    fn invalidate(&self, change: &Change);

    /// What was committed is not known: nothing known before may be relied on.
    fn invalidate_all(&self);
}
