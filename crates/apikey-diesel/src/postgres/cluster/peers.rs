//! What is known of the other nodes, and who still hinders an answer.

use super::lease::with_clock_drift;
use crate::rows;
use apikey_domain::change::snapshot::Snapshot;
use std::{collections::HashMap, time::Duration};

/// A row of `nodes` is removed so long after its node could last trust its memory.
const ABANDONED: Duration = Duration::from_secs(5);

/// A row of `nodes`, as it was read.
pub(super) struct NodeRow {
    pub(super) id: i64,
    pub(super) renewal: i64,
    pub(super) applied: String,
    pub(super) trust: Duration,
}

/// The other nodes, as last read.
#[derive(Default)]
pub(super) struct Peers {
    nodes: HashMap<i64, Other>,
}

struct Other {
    renewal: i64,
    /// When this renewal was first seen, by the boot clock of this node.
    first_seen: Duration,
    applied: Snapshot,
    trust: Duration,
}

// === impl Peers ===

impl Peers {
    /// Takes over what was read, all other rows there are, at `now`.
    pub(super) fn observe(&mut self, rows: Vec<NodeRow>, now: Duration) {
        let mut nodes = HashMap::with_capacity(rows.len());
        for row in rows {
            let known = self.nodes.get(&row.id);
            let known = known.filter(|other| other.renewal == row.renewal);
            let other = Other {
                renewal: row.renewal,
                first_seen: known.map_or(now, |other| other.first_seen),
                // What cannot be read holds nothing.
                applied: rows::snapshot(&row.applied).unwrap_or(Snapshot::in_order(0)),
                trust: row.trust,
            };
            nodes.insert(row.id, other);
        }
        self.nodes = nodes;
    }

    /// Whether, at `now`, a node may go by what was before `transaction`, which
    /// was known to be committed at `committed`. What was observed MUST have been
    /// read after that.
    pub(super) fn blocks(&self, transaction: i64, committed: Duration, now: Duration) -> bool {
        self.nodes.values().any(|other| {
            let is_alive = now < other.first_seen + with_clock_drift(other.trust);
            // Whatever it trusts it read before the commit.
            let may_trust = now < committed + with_clock_drift(other.trust);
            is_alive && may_trust && !other.applied.holds(transaction)
        })
    }

    /// How many there are that may trust their memory.
    pub(super) fn alive(&self, now: Duration) -> usize {
        let alive = self
            .nodes
            .values()
            .filter(|other| now < other.first_seen + with_clock_drift(other.trust));
        alive.count()
    }

    /// The rows nobody renews any more, with their last renewal.
    pub(super) fn abandoned(&self, now: Duration) -> Vec<(i64, i64)> {
        let abandoned = self.nodes.iter().filter(|(_, other)| {
            now > other.first_seen + with_clock_drift(other.trust) + ABANDONED
        });
        abandoned.map(|(id, other)| (*id, other.renewal)).collect()
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
    fn a_node_hinders_until_it_has_applied_the_change() {
        let mut others = Peers::default();
        assert!(!others.blocks(7, at(10.0), at(10.0)));
        others.observe(vec![row(1, "7:8:7")], at(10.1));
        assert!(others.blocks(7, at(10.0), at(10.1)));
        others.observe(vec![row(2, "8:8:")], at(10.2));
        assert!(!others.blocks(7, at(10.0), at(10.2)));
    }

    #[test]
    fn a_node_that_does_not_answer_hinders_until_it_cannot_trust_any_more() {
        let mut others = Peers::default();
        others.observe(vec![row(1, "7:7:")], at(10.0));
        // Seen again, unmoved.
        others.observe(vec![row(1, "7:7:")], at(12.9));
        assert!(others.blocks(7, at(12.5), at(13.0)));
        assert!(!others.blocks(7, at(12.5), at(13.1)));
        assert_eq!((others.alive(at(13.0)), others.alive(at(13.1))), (1, 0));
    }

    #[test]
    fn a_node_that_goes_on_without_the_change_hinders_no_longer_than_its_trust() {
        let mut others = Peers::default();
        for second in 10..13 {
            let row = row(second, "7:7:");
            others.observe(vec![row], at(second as f64));
        }
        assert!(others.blocks(7, at(9.0), at(12.0)));
        assert!(!others.blocks(7, at(9.0), at(12.1)));
    }

    #[test]
    fn only_a_row_that_nobody_moves_is_abandoned() {
        let mut others = Peers::default();
        others.observe(vec![row(1, "7:7:")], at(0.0));
        others.observe(vec![row(2, "7:7:")], at(500.0));
        assert_eq!(others.abandoned(at(508.0)), []);
        assert_eq!(others.abandoned(at(508.2)), [(1, 2)]);
    }
}
