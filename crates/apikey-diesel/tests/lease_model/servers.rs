//! The two servers: one takes writes, and connections may lead to the other.

use crate::state::Level;

/// A server that a connection leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Server {
    /// The one that takes writes.
    Primary,
    /// The other one: the standby, and after the failover the primary of before, which
    /// still answers reads.
    Other,
}

/// What becomes of the other server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Failover {
    /// Whether the standby was promoted.
    pub(super) is_over: bool,
    /// Which of the revocations the other server contains that the primary contains.
    pub(super) other_level: Level,
    /// Whether the new primary is stored as the server that the nodes work with.
    pub(super) is_recorded: bool,
    /// Where the connections of the waiter lead.
    pub(super) waiter: Server,
}

/// A read of a request that lacks a revocation which was answered before it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Lookup {
    /// No lease covered it. A write on the same connection may still prove that it counts.
    Unproven(Server),
    /// The request decides by it.
    Counts,
}

// === impl Failover ===

impl Failover {
    /// There was none, and the standby has replayed nothing.
    pub(super) const NONE: Self = Self {
        is_over: false,
        other_level: 0,
        is_recorded: false,
        waiter: Server::Primary,
    };
}

// === impl Lookup ===

impl Lookup {
    /// Returns what it is after the failover: the two servers have changed places.
    pub(super) fn after_failover(self) -> Self {
        match self {
            Self::Unproven(Server::Primary) => Self::Unproven(Server::Other),
            Self::Unproven(Server::Other) => Self::Unproven(Server::Primary),
            Self::Counts => Self::Counts,
        }
    }
}
