//! The kinds of revocation.

use serde_json::{Value, json};

/// The model that is taken from a key and the one that is left to it.
pub(crate) const MODELS: [&str; 2] = ["large", "small"];

/// A kind of revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The key is deleted.
    Deleted,
    /// The key's scope gets narrower.
    Narrowed,
    /// The key is good for one model less.
    ModelRemoved,
    /// The key is disabled.
    Disabled,
    /// The key is revoked for good.
    Revoked,
    /// The key's expiry moves to an instant that is close.
    Expired,
    /// The key gets another secret, and the old one ends with that.
    Rotated,
    /// The key gets another secret, and the old one ends after a short grace period.
    GraceOver,
    /// The old secret of a key is ended within its grace period.
    RetiringEnded,
    /// The new secret of a key is ended before its first use.
    PendingEnded,
    /// The new secret of a key is used for the first time, and the old one ends with that.
    UsedFirst,
    /// The key's user is deactivated.
    Deactivated,
    /// The key's user leaves the organization that owns it.
    MemberRemoved,
}

// === impl Kind ===

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 13] = [
        Self::Deleted,
        Self::Narrowed,
        Self::ModelRemoved,
        Self::Disabled,
        Self::Revoked,
        Self::Expired,
        Self::Rotated,
        Self::GraceOver,
        Self::RetiringEnded,
        Self::PendingEnded,
        Self::UsedFirst,
        Self::Deactivated,
        Self::MemberRemoved,
    ];

    /// Returns whether the right ends some time after the answer, by the clock of each
    /// node.
    pub(crate) fn awaits_end(self) -> bool {
        matches!(self, Self::Expired | Self::GraceOver)
    }

    /// Returns whether one secret of the key ends, and another one goes on.
    pub(crate) fn is_of_secret(self) -> bool {
        matches!(
            self,
            Self::Rotated
                | Self::GraceOver
                | Self::RetiringEnded
                | Self::PendingEnded
                | Self::UsedFirst
        )
    }

    /// Returns whether a secret waits for its first use, so that a question about it
    /// changes what is so.
    pub(crate) fn has_pending(self) -> bool {
        matches!(self, Self::PendingEnded | Self::UsedFirst)
    }

    /// Returns whether the secrets of the key must be brought about before.
    pub(crate) fn needs_rotation(self) -> bool {
        self.has_pending() || self == Self::RetiringEnded
    }

    /// Returns whether nodes of the release before know it, too.
    pub(crate) fn is_first(self) -> bool {
        !matches!(self, Self::Disabled | Self::Revoked | Self::Expired) && !self.is_of_secret()
    }

    /// Returns the scope and the models of keys of this kind while the right is
    /// there.
    pub(crate) fn grants(self) -> (&'static [&'static str], Value) {
        match self {
            Self::Narrowed | Self::UsedFirst => (&["inference", "management"], Value::Null),
            Self::ModelRemoved => (&["inference"], json!(MODELS)),
            _ => (&["inference"], Value::Null),
        }
    }
}
