//! How many rights of each kind were taken away, and how long that took to be answered.

use crate::kinds::Kind;
use std::time::Duration;
use xtask_harness::latencies::Latencies;

/// How many rights of each kind were taken away, and how long that took to be answered.
#[derive(Debug, Default, Clone)]
pub(crate) struct RevocationTimes([OfKind; Kind::ALL.len()]);

/// Those of a kind.
#[derive(Debug, Default, Clone)]
pub(crate) struct OfKind {
    /// How many were answered by a node at fault.
    pub(crate) through_fault: u64,
    /// How long the others took to be answered.
    pub(crate) latencies: Latencies,
}

// === impl RevocationTimes ===

impl RevocationTimes {
    /// Adds one that was answered by a node without a fault.
    pub(crate) fn add(&mut self, kind: Kind, took: Duration) {
        self.0[kind as usize].latencies.add(took);
    }

    /// Adds one that was answered by a node at fault.
    pub(crate) fn add_through_fault(&mut self, kind: Kind) {
        self.0[kind as usize].through_fault += 1;
    }

    /// Adds all of another.
    pub(crate) fn append(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            own.append(other);
        }
    }

    /// Returns those of a kind.
    pub(crate) fn of(&self, kind: Kind) -> &OfKind {
        &self.0[kind as usize]
    }

    /// Returns those of all kinds together.
    pub(crate) fn of_all(&self) -> OfKind {
        let mut all = OfKind::default();
        for one in &self.0 {
            all.append(one);
        }
        all
    }
}

// === impl OfKind ===

impl OfKind {
    /// Returns how many were answered.
    pub(crate) fn count(&self) -> u64 {
        self.latencies.count() + self.through_fault
    }

    fn append(&mut self, other: &Self) {
        self.through_fault += other.through_fault;
        self.latencies.append(&other.latencies);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_place_of_its_own() {
        let mut times = RevocationTimes::default();
        for (number, kind) in (1..).zip(Kind::ALL) {
            for _ in 0..number {
                times.add(kind, Duration::from_millis(number));
            }
            times.add_through_fault(kind);
        }
        times.append(&times.clone());
        for (number, kind) in (1..).zip(Kind::ALL) {
            assert_eq!(times.of(kind).count(), 2 * number + 2);
        }
        assert_eq!(times.of_all().count(), 2 * (91 + 13));
    }
}
