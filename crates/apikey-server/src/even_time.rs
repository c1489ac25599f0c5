//! How long it takes until a wrong password is refused.
//!
//! Hashes that were imported may cost several times what ours do. So that the time of a
//! refusal does not tell whose name is known, nor who was imported, every refusal takes as
//! long as one of the costliest hash. It is only the answer that waits: to compute as much
//! would give each guess of a stranger several times the processor time.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The work of GPUStack's hashes: 64 MiB, 3 passes. It is assumed before any is verified, so
/// that the first one does not show either.
const WORK_OF_GPUSTACK: u64 = 65_536 * 3;

/// No refusal waits for longer, however slow the machine was for a while.
const LONGEST: Duration = Duration::from_secs(2);

/// Remembers what the costliest hash takes.
pub(crate) struct EvenTime(Mutex<Costliest>);

struct Costliest {
    /// Its memory in KiB times its passes.
    work: u64,
    /// The longest of the last times that it took.
    took: Option<Duration>,
}

// === impl EvenTime ===

impl EvenTime {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Costliest {
            work: WORK_OF_GPUSTACK,
            took: None,
        }))
    }

    /// Notes that a hash of so much work took so long. Returns how long a refusal takes
    /// from when its hash began to be computed.
    pub(crate) fn of_refusal(&self, work: u64, took: Duration) -> Duration {
        let mut costliest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        costliest.note(work, took);
        let longest = costliest.took.unwrap_or_else(|| {
            let times = costliest.work.div_ceil(work.max(1)).min(100);
            took.saturating_mul(u32::try_from(times).unwrap_or(100))
        });
        // The next one may take somewhat longer.
        LONGEST.min(longest + longest / 4)
    }
}

// === impl Costliest ===

impl Costliest {
    fn note(&mut self, work: u64, took: Duration) {
        if work > self.work {
            *self = Self {
                work,
                took: Some(took),
            };
        } else if work == self.work {
            let before = self.took.unwrap_or_default();
            self.took = Some(took.max(before - before / 16));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: u64 = 19_456 * 2;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_refusal_takes_as_long_as_one_of_the_costliest_hash() {
        let time = EvenTime::new();
        let estimated = time.of_refusal(OURS, ms(16));
        assert_eq!(estimated, ms(16 * 6 + 24));
        assert_eq!(time.of_refusal(WORK_OF_GPUSTACK, ms(80)), ms(100));
        assert_eq!(time.of_refusal(OURS, ms(16)), ms(100));
        // One that was quicker waits for what the others took.
        assert!(time.of_refusal(WORK_OF_GPUSTACK, ms(70)) > ms(90));
        assert_eq!(time.of_refusal(2 * WORK_OF_GPUSTACK, ms(160)), ms(200));
        assert_eq!(time.of_refusal(WORK_OF_GPUSTACK, ms(80)), ms(200));
    }

    #[test]
    fn a_machine_that_was_slow_for_a_while_is_forgotten() {
        let time = EvenTime::new();
        assert_eq!(time.of_refusal(WORK_OF_GPUSTACK, ms(9_000)), LONGEST);
        for _ in 0..100 {
            time.of_refusal(WORK_OF_GPUSTACK, ms(80));
        }
        assert_eq!(time.of_refusal(OURS, ms(16)), ms(100));
        assert!(time.of_refusal(0, ms(16)) <= LONGEST);
    }
}
