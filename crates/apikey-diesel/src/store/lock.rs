//! What a write locks before it is judged.

use super::backend;
use apikey_domain::identifier::{ApiKeyId, PrincipalId};

/// What a write changes that other transactions must not change or count meanwhile. It
/// is locked with what the write rests on, in one order, so that two writes that end
/// each other's rights take turns and do not deadlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// Nothing: it only adds, or locks what it needs itself.
    None,
    /// Nothing before the work, which changes rows that other writes rest on, and waits
    /// for none.
    Alone,
    /// Who administers the platform, and what its users are called.
    PlatformAdmins,
    /// A principal.
    Principal(PrincipalId),
    /// A key.
    ApiKey(ApiKeyId),
}

// === impl Lock ===

impl Lock {
    /// Returns whether the write shares no transaction with others: on PostgreSQL, if it
    /// changes what other writes rest on. While it waits for writes of other nodes it
    /// would hold what those wait for.
    pub(super) fn runs_alone(self) -> bool {
        backend::HAS_ROW_LOCKS && self != Self::None
    }
}
