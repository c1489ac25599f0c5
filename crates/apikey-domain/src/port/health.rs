//! Whether the store can do its work now.

use crate::error::Cause;
use async_trait::async_trait;
use std::{fmt, time::Duration};

/// How long the check of a part may take; then the part has failed.
pub const CHECK_LIMIT: Duration = Duration::from_secs(1);

/// For how long a committed write proves that the store takes writes.
pub const WRITE_PROOF_AGE: Duration = Duration::from_secs(2);

/// For how long the changes of other nodes may not have been read.
pub const FEED_LOSS_LIMIT: Duration = Duration::from_secs(5);

/// Something that must work for a node to be ready.
///
/// # Example
///
/// ```
/// use apikey_domain::port::health::Part;
///
/// assert_eq!(Part::Write.to_string(), "write");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The store can be read.
    Read,
    /// The store takes writes: the writer of this node commits them.
    Write,
    /// The schema has every migration of this release.
    Migrations,
    /// The changes of other nodes are read.
    Feed,
    /// This node holds its lease.
    Lease,
    /// The clock of this node shows a time that may be.
    Clock,
}

/// How a part fails.
///
/// # Example
///
/// ```
/// use apikey_domain::port::health::Fault;
///
/// assert_ne!(Fault::Failed, Fault::NoAnswer);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The check failed.
    Failed,
    /// The check did not end within its limit.
    NoAnswer,
}

/// What a check found of a part.
///
/// # Example
///
/// ```
/// use apikey_domain::port::health::{Fault, Part, PartReport};
///
/// let report = PartReport::failed(Part::Write, Fault::Failed, "the disk is full".into());
/// assert!(!report.is_fine());
/// assert!(PartReport::fine(Part::Read).is_fine());
/// ```
#[derive(Debug)]
pub struct PartReport {
    /// The part.
    pub part: Part,
    /// How it fails, and the cause, which is for the log only; `None` if it is fine.
    pub failure: Option<(Fault, Cause)>,
}

/// The check of a store.
///
/// # Example
///
/// ```
/// use apikey_domain::port::health::{Health, Part};
///
/// # futures_executor::block_on(async {
/// let reports = apikey_testing::Memory::new().check().await;
/// let parts: Vec<_> = reports.iter().map(|report| report.part).collect();
/// assert_eq!(parts, [Part::Read, Part::Write]);
/// # });
/// ```
#[async_trait]
pub trait Health: Send + Sync {
    /// Checks each part that the store has, but the lease, and reports each once.
    ///
    /// It MUST answer within [`CHECK_LIMIT`], whatever the store does: so the parts are
    /// checked at the same time. A part that was fine before, but is not known to be
    /// now, MUST be reported as failed. [`Part::Write`] is fine only if a write was
    /// committed within the last [`WRITE_PROOF_AGE`], and [`Part::Feed`] only if the
    /// feed was read within [`FEED_LOSS_LIMIT`].
    ///
    /// Anybody may ask, as often as they like: checks that are asked for together MUST
    /// share their work, and nothing may be written while nobody asks.
    async fn check(&self) -> Vec<PartReport>;
}

// === impl Part ===

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Migrations => "migrations",
            Self::Feed => "feed",
            Self::Lease => "lease",
            Self::Clock => "clock",
        })
    }
}

// === impl PartReport ===

impl PartReport {
    /// Returns the report of a part that is fine.
    pub fn fine(part: Part) -> Self {
        Self {
            part,
            failure: None,
        }
    }

    /// Returns the report of a part that fails.
    pub fn failed(part: Part, fault: Fault, cause: Cause) -> Self {
        Self {
            part,
            failure: Some((fault, cause)),
        }
    }

    /// Returns whether the part is fine.
    pub fn is_fine(&self) -> bool {
        self.failure.is_none()
    }
}
