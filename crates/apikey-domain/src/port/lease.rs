//! Whether cached data may be used.

use std::time::Duration;

/// How far a node may rely on its verification cache.
///
/// # Example
///
/// ```
/// use apikey_domain::port::lease::LeaseState;
///
/// assert_ne!(LeaseState::Held, LeaseState::Lapsed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseState {
    /// The cache may be used.
    Held,
    /// The lease expired because the store has been unavailable. The operator
    /// allows stale reads for a grace period; the response is marked as stale.
    Stale,
    /// The cache must not be used: the store must be read.
    Lapsed,
}

/// The right of a node to use its verification cache.
///
/// A node MUST NOT acknowledge a revocation while another node's lease is held or
/// stale and that node has not applied the revocation.
///
/// # Example
///
/// ```
/// use apikey_domain::port::lease::{Lease, LeaseState};
///
/// /// The lease of a node that never relies on its cache.
/// struct NeverHeld;
///
/// impl Lease for NeverHeld {
///     fn state(&self) -> LeaseState {
///         LeaseState::Lapsed
///     }
/// }
/// assert!(NeverHeld.must_be_renewed() && !NeverHeld.allows_stale());
/// ```
pub trait Lease: Send + Sync {
    /// Returns the state of the lease at this instant, without blocking.
    fn state(&self) -> LeaseState;

    /// Returns for how long the lease has been lapsed: zero while it is held or stale.
    /// A node that cannot renew it for long MUST say so here, because it is not ready:
    /// revocations that it makes cannot be acknowledged.
    fn lapsed_for(&self) -> Duration {
        Duration::ZERO
    }

    /// Returns whether the lease becomes stale when it is not renewed, and does not
    /// lapse at once: whether the operator allows stale reads.
    fn allows_stale(&self) -> bool {
        false
    }

    /// Returns whether the lease lasts only while it is renewed, because other nodes may
    /// change the store.
    fn must_be_renewed(&self) -> bool {
        true
    }
}

/// The lease of a single node that makes every change of the store itself.
///
/// # Example
///
/// ```
/// use apikey_domain::port::lease::{SingleNode, Lease, LeaseState};
///
/// assert_eq!(SingleNode.state(), LeaseState::Held);
/// ```
pub struct SingleNode;

impl Lease for SingleNode {
    fn state(&self) -> LeaseState {
        LeaseState::Held
    }

    fn must_be_renewed(&self) -> bool {
        false
    }
}
