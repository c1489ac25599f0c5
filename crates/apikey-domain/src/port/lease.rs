//! Whether what is remembered may be relied on.

/// How far a node may rely on what it remembers of the store.
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
    /// Fully.
    Held,
    /// The store was lost for longer than a lease lasts. By the owner's choice
    /// what is remembered still counts for a while, and the answer says so.
    Stale,
    /// Not at all: the store must be asked.
    Lapsed,
}

/// The right of a node to rely on what it remembers.
///
/// While a node's lease is held or stale, a change that takes rights away and
/// that the node has not applied MUST NOT be answered, by any node.
pub trait Lease: Send + Sync {
    /// How far the node may rely on what it remembers at this instant. Answers at
    /// once.
    fn state(&self) -> LeaseState;
}

/// The lease of who is alone with the store and hears of every change.
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
}
