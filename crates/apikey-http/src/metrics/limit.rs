//! The limits that a request may meet.

use apikey_domain::error::{Bound, Rate};

/// A limit that a request met, and that is somebody's own: others are not concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Too many wrong passwords.
    SignIns,
    /// The streams of a user or an organization.
    Watches,
    /// The keys of a user or an organization.
    Keys,
    /// The changes of a user or an organization in a second.
    Changes,
    /// The bytes of events that these write in a second.
    EventBytes,
}

// === impl Limit ===

impl Limit {
    pub(super) const ALL: [Self; 5] = [
        Self::SignIns,
        Self::Watches,
        Self::Keys,
        Self::Changes,
        Self::EventBytes,
    ];

    /// Returns its name in the metrics.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::SignIns => "sign_ins",
            Self::Watches => "watches",
            Self::Keys => "keys",
            Self::Changes => "changes",
            Self::EventBytes => "event_bytes",
        }
    }
}

impl From<Bound> for Limit {
    fn from(bound: Bound) -> Self {
        match bound {
            Bound::WatchesOfUser(_) | Bound::WatchesOfPrincipal(..) => Self::Watches,
            Bound::KeysOfUser(_) | Bound::KeysOfOrganization(..) => Self::Keys,
            Bound::RateOfUser(Rate::Changes, ..) | Bound::RateOfOrganization(Rate::Changes, ..) => {
                Self::Changes
            }
            Bound::RateOfUser(Rate::EventBytes, ..)
            | Bound::RateOfOrganization(Rate::EventBytes, ..) => Self::EventBytes,
        }
    }
}
