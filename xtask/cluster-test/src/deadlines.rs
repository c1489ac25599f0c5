//! How long requests may go without an answer, whatever happens to the database.

use std::time::Duration;
use xtask_harness::latencies::Latencies;

/// Within which time a gateway must be answered.
const GATEWAY_LIMIT: Duration = Duration::from_secs(2);

/// Within which time anything else must be answered.
const LIMIT: Duration = Duration::from_secs(30);

/// How long an answer is waited for: longer than any may take, so that a late one
/// is seen.
pub(crate) const WAIT: Duration = Duration::from_secs(35);

/// After which time an answer is late while nothing is wrong.
pub(crate) const LATE: Duration = Duration::from_secs(20);

/// Who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// A gateway that verifies a key.
    Gateway,
    /// Anyone else.
    Other,
}

/// How long those waited whose requests went to nodes that can be relied on.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    gateways: Latencies,
    others: Latencies,
    /// How many got no answer at all.
    unanswered: u64,
}

// === impl Waits ===

impl Waits {
    /// Adds a request that was answered, or was not.
    pub(crate) fn add(&mut self, waiting: Waiting, took: Duration, is_answered: bool) {
        match waiting {
            Waiting::Gateway => self.gateways.add(took),
            Waiting::Other => self.others.add(took),
        }
        self.unanswered += u64::from(!is_answered);
    }

    /// Returns what is wrong, and a line with the longest times.
    pub(crate) fn judged(&self) -> (Vec<String>, String) {
        let seconds = |waits: &Latencies| waits.milliseconds_at(100.0) / 1e3;
        let (gateways, others) = (seconds(&self.gateways), seconds(&self.others));
        let late = |who, waited, limit: Duration| {
            let limit = limit.as_secs_f64();
            let text = || format!("{who} waited {waited:.1} s for an answer, {limit} is the limit");
            (waited > limit).then(text)
        };
        let none = self.unanswered;
        let unanswered = || format!("{none} requests got no answer at all");
        let wrong = [
            late("a gateway", gateways, GATEWAY_LIMIT),
            late("someone", others, LIMIT),
            (none > 0).then(unanswered),
        ];
        let (gateway_count, count) = (self.gateways.count(), self.others.count());
        let line = format!(
            "{gateway_count} answers to gateways after {gateways:.2} s at most, {count} others \
             after {others:.2} s"
        );
        (wrong.into_iter().flatten().collect(), line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_waits_less_than_others_and_everyone_is_answered() {
        let ten = Duration::from_secs(10);
        let table = [
            (Waiting::Other, ten, true, 0),
            (Waiting::Other, LIMIT + ten, true, 1),
            (Waiting::Gateway, Duration::from_secs(1), true, 0),
            (Waiting::Gateway, ten, true, 1),
            (Waiting::Gateway, ten, false, 2),
        ];
        for (waiting, took, is_answered, expected) in table {
            let mut waits = Waits::default();
            waits.add(waiting, took, is_answered);
            let (wrong, _) = waits.judged();
            assert_eq!(wrong.len(), expected, "{waiting:?} {took:?}: {wrong:?}");
        }
    }
}
