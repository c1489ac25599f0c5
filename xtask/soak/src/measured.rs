//! How many requests of each kind were answered, and how soon.

use std::{collections::BTreeMap, fmt, sync::Mutex, time::Duration};
use xtask_harness::{latencies::Latencies, lock::locked};

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Gateway,
    Backend,
    Batch,
    Create,
    Change,
    End,
    Rotate,
    Read,
    List,
    Walk,
    Report,
    Events,
    User,
    Member,
    Organization,
    SignIn,
    Session,
    Metrics,
    Ready,
}

/// How soon requests of each kind were answered.
#[derive(Debug, Default)]
pub(crate) struct Measured(Mutex<BTreeMap<Kind, Latencies>>);

// === impl Kind ===

impl Kind {
    /// Returns whether it asks if a key is good.
    pub(crate) fn is_verification(self) -> bool {
        self == Self::Gateway
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Gateway => "verification for a gateway",
            Self::Backend => "verification for a backend",
            Self::Batch => "verification of ten keys",
            Self::Create => "a key created",
            Self::Change => "a key changed",
            Self::End => "a key revoked or deleted",
            Self::Rotate => "a key rotated",
            Self::Read => "a key read or explained",
            Self::List => "a page of keys",
            Self::Walk => "a step of a walk through all keys",
            Self::Report => "a report, a list of users or organizations",
            Self::Events => "a page of events",
            Self::User => "a user changed",
            Self::Member => "a membership changed",
            Self::Organization => "an organization changed",
            Self::SignIn => "a sign-in or a new password",
            Self::Session => "a request with a session",
            Self::Metrics => "a scrape of the metrics",
            Self::Ready => "a probe",
        })
    }
}

// === impl Measured ===

impl Measured {
    /// A request was answered.
    pub(crate) fn add(&self, kind: Kind, latency: Duration) {
        locked(&self.0).entry(kind).or_default().add(latency);
    }

    /// Returns what was measured.
    pub(crate) fn all(&self) -> BTreeMap<Kind, Latencies> {
        locked(&self.0).clone()
    }
}
