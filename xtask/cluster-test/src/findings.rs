//! What was found to be wrong.

use std::sync::Mutex;
use std::time::Instant;

use crate::lock::locked;

/// How many findings of each phase are printed; all are counted.
const SHOWN: usize = 8;

/// What was found to be wrong, in the order of its finding.
#[derive(Debug)]
pub(crate) struct Findings {
    started: Instant,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    phase: String,
    /// How many there are in this phase, and altogether.
    in_phase: usize,
    count: usize,
    shown: Vec<String>,
}

// === impl Findings ===

impl Findings {
    /// Begins with nothing found.
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            found: Mutex::default(),
        }
    }

    /// A phase begins.
    pub(crate) fn enter(&self, phase: &str) {
        let mut found = locked(&self.found);
        phase.clone_into(&mut found.phase);
        found.in_phase = 0;
    }

    /// Something is wrong: says so now, and at the end.
    pub(crate) fn add(&self, what: impl AsRef<str>) {
        let seconds = self.started.elapsed().as_secs_f64();
        let mut found = locked(&self.found);
        found.count += 1;
        found.in_phase += 1;
        if found.in_phase <= SHOWN {
            let line = format!("{} ({seconds:.1} s): {}", found.phase, what.as_ref());
            eprintln!("WRONG  {line}");
            found.shown.push(line);
        }
    }

    /// Returns how many there are.
    pub(crate) fn count(&self) -> usize {
        locked(&self.found).count
    }

    /// Returns the first of each phase, one a line.
    pub(crate) fn shown(&self) -> String {
        let found = locked(&self.found);
        let mut lines = found.shown.join("\n");
        if found.count > found.shown.len() {
            lines += &format!("\nand {} more", found.count - found.shown.len());
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_some_of_each_phase_are_shown() {
        let findings = Findings::new();
        for _ in 0..SHOWN + 2 {
            findings.add("again");
        }
        assert_eq!(findings.count(), SHOWN + 2);
        assert!(findings.shown().ends_with("and 2 more"));
        findings.enter("a node killed");
        findings.add("it came back");
        let shown = findings.shown();
        let last = shown.lines().rev().nth(1).unwrap();
        assert!(last.starts_with("a node killed (") && last.ends_with("it came back"));
    }
}
