//! Who is told of a commit before its caller is.

use super::Effect;

/// Hears of every commit after it took place and before it is answered.
///
/// An implementer MUST return only when nothing that was known before the
/// commit is relied on any more; MUST return soon, because all writes wait; and
/// MUST NOT write.
pub trait ChangeObserver: Send + Sync {
    /// These are the effects of a commit.
    fn committed(&self, effects: &[Effect]);

    /// What was committed is not known: nothing known before may be relied on.
    fn lost_track(&self);
}
