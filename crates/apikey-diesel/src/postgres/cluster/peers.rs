//! The other nodes, and which of them still block a reply.

use super::lease::with_clock_drift;
use crate::rows;
use apikey_domain::change::snapshot::Snapshot;
use std::{collections::HashMap, time::Duration};

/// How long after a node could last use its cache its row is removed.
const REMOVAL_DELAY: Duration = Duration::from_secs(5);

/// A row of `nodes`, as it was read.
pub(super) struct NodeRow {
    pub(super) id: i64,
    pub(super) renewal: i64,
    pub(super) applied: String,
    /// How long after a renewal the node may use its cache.
    pub(super) trust: Duration,
}

/// The other nodes, as last read, by the ids of their rows.
#[derive(Default)]
pub(super) struct Peers {
    peers: HashMap<i64, Peer>,
}

struct Peer {
    renewal: i64,
    /// When this renewal was first seen, by the boot clock of this node.
    first_seen: Duration,
    applied: Snapshot,
    trust: Duration,
}

// === impl Peers ===

impl Peers {
    /// Takes in the rows of all other nodes. `now` MUST be read from the clock after
    /// the rows.
    pub(super) fn observe(&mut self, rows: Vec<NodeRow>, now: Duration) {
        let mut peers = HashMap::with_capacity(rows.len());
        for row in rows {
            let known = self.peers.get(&row.id);
            let known = known.filter(|peer| peer.renewal == row.renewal);
            let peer = Peer {
                renewal: row.renewal,
                first_seen: known.map_or(now, |peer| peer.first_seen),
                // A snapshot that cannot be parsed holds nothing.
                applied: rows::snapshot(&row.applied).unwrap_or(Snapshot::in_order(0)),
                trust: row.trust,
            };
            peers.insert(row.id, peer);
        }
        self.peers = peers;
    }

    /// Returns whether a node may, at `now`, use data from before `transaction`, which
    /// was known to be committed at `committed`. The rows MUST have been read after
    /// that.
    pub(super) fn blocks(&self, transaction: i64, committed: Duration, now: Duration) -> bool {
        self.peers.values().any(|peer| {
            let is_alive = now < peer.first_seen + with_clock_drift(peer.trust);
            // If the cache lacks the transaction, its lease began before the commit.
            let may_be_cached = now < committed + with_clock_drift(peer.trust);
            is_alive && may_be_cached && !peer.applied.holds(transaction)
        })
    }

    /// Returns how many peers may use their caches.
    pub(super) fn alive(&self, now: Duration) -> usize {
        let alive = self
            .peers
            .values()
            .filter(|peer| now < peer.first_seen + with_clock_drift(peer.trust));
        alive.count()
    }

    /// Returns the rows that are no longer renewed, with their last renewal.
    pub(super) fn abandoned(&self, now: Duration) -> Vec<(i64, i64)> {
        let abandoned = self.peers.iter().filter(|(_, peer)| {
            now > peer.first_seen + with_clock_drift(peer.trust) + REMOVAL_DELAY
        });
        abandoned.map(|(id, peer)| (*id, peer.renewal)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUST: Duration = Duration::from_secs(3);

    fn row(renewal: i64, applied: &str) -> NodeRow {
        NodeRow {
            id: 1,
            renewal,
            applied: applied.to_owned(),
            trust: TRUST,
        }
    }

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn a_node_blocks_until_it_has_applied_the_change() {
        let mut peers = Peers::default();
        assert!(!peers.blocks(7, at(10.0), at(10.0)));
        peers.observe(vec![row(1, "7:8:7")], at(10.1));
        assert!(peers.blocks(7, at(10.0), at(10.1)));
        peers.observe(vec![row(2, "8:8:")], at(10.2));
        assert!(!peers.blocks(7, at(10.0), at(10.2)));
    }

    #[test]
    fn an_unresponsive_node_blocks_until_its_lease_has_ended() {
        let mut peers = Peers::default();
        peers.observe(vec![row(1, "7:7:")], at(10.0));
        // Read again, not renewed.
        peers.observe(vec![row(1, "7:7:")], at(12.9));
        assert!(peers.blocks(7, at(12.5), at(13.0)));
        assert!(!peers.blocks(7, at(12.5), at(13.1)));
        assert_eq!((peers.alive(at(13.0)), peers.alive(at(13.1))), (1, 0));
    }

    #[test]
    fn a_node_that_renews_without_the_change_blocks_no_longer_than_its_lease() {
        let mut peers = Peers::default();
        for second in 10..13 {
            let row = row(second, "7:7:");
            peers.observe(vec![row], at(second as f64));
        }
        assert!(peers.blocks(7, at(9.0), at(12.0)));
        assert!(!peers.blocks(7, at(9.0), at(12.1)));
    }

    #[test]
    fn only_a_row_that_is_not_renewed_is_abandoned() {
        let mut peers = Peers::default();
        peers.observe(vec![row(1, "7:7:")], at(0.0));
        peers.observe(vec![row(2, "7:7:")], at(500.0));
        assert_eq!(peers.abandoned(at(508.0)), []);
        assert_eq!(peers.abandoned(at(508.2)), [(1, 2)]);
    }
}
