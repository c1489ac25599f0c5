//! Whether requests may be sent to a node.

use crate::port::{
    health::{Fault, Health, Part, PartReport},
    lease::{Lease, LeaseState},
};
use std::time::Duration;

/// How long the lease may be lapsed before a node is not ready.
pub const LEASE_LOSS_LIMIT: Duration = Duration::from_secs(5);

/// What may be sent to a node.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::operation::check_readiness::Readiness;
///
/// assert_ne!(Readiness::Ready, Readiness::Stale);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Everything.
    Ready,
    /// Verifications: they are answered from what was known before the store was lost.
    Stale,
    /// Nothing.
    Unavailable,
}

/// Checks every part, and returns what may be sent to this node, with the reports.
///
/// If a part fails, a node whose operator allows stale answers is still ready for
/// verifications, from the first moment and for as long as it gives answers: its lease
/// is held or stale. Otherwise a node would leave the load balancer while it holds its
/// lease, and come back with stale answers.
///
/// # Example
///
/// ```
/// use apikey_domain::port::lease::SingleNode;
/// use apikey_domain::use_case::operation::check_readiness::{
///     Readiness, check_readiness,
/// };
///
/// # futures_executor::block_on(async {
/// let memory = apikey_testing::Memory::new();
/// let (readiness, reports) = check_readiness(&memory, &SingleNode).await;
/// assert_eq!(readiness, Readiness::Ready);
/// assert!(reports.iter().all(|report| report.is_fine()));
/// # });
/// ```
pub async fn check_readiness(
    health: &dyn Health,
    lease: &dyn Lease,
) -> (Readiness, Vec<PartReport>) {
    let mut reports = health.check().await;
    if lease.must_be_renewed() {
        reports.push(judge(lease));
    }
    if reports.iter().all(PartReport::is_fine) {
        return (Readiness::Ready, reports);
    }
    let is_clock_wrong = |report: &PartReport| report.part == Part::Clock && !report.is_fine();
    if reports.iter().any(is_clock_wrong) {
        // Nothing is judged by it, stale or not.
        return (Readiness::Unavailable, reports);
    }
    let readiness = match lease.state() {
        LeaseState::Stale => Readiness::Stale,
        LeaseState::Held if lease.allows_stale() => Readiness::Stale,
        LeaseState::Held | LeaseState::Lapsed => Readiness::Unavailable,
    };
    (readiness, reports)
}

fn judge(lease: &dyn Lease) -> PartReport {
    if lease.lapsed_for() < LEASE_LOSS_LIMIT {
        return PartReport::fine(Part::Lease);
    }
    let cause = "the lease is lost and cannot be renewed".into();
    PartReport::failed(Part::Lease, Fault::Failed, cause)
}
