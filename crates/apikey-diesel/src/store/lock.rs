//! What a write locks before it is judged.

use apikey_domain::identifier::{ApiKeyId, PrincipalId};

/// What a write changes that other transactions must not change or count meanwhile. It
/// is locked with what the write rests on, in one order, so that two writes that end
/// each other's rights take turns and do not deadlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// Nothing: it only adds, or locks what it needs itself.
    None,
    /// Who administers the platform.
    PlatformAdmins,
    /// A principal.
    Principal(PrincipalId),
    /// A key.
    ApiKey(ApiKeyId),
}

// === impl Lock ===

impl Lock {
    /// Returns whether many writes rest on what is changed: users and principals. Such a
    /// write shares no transaction with others. While it waits for writes of other nodes
    /// it would hold what those wait for.
    pub(super) fn is_of_many_writes(self) -> bool {
        matches!(self, Self::PlatformAdmins | Self::Principal(_))
    }
}
