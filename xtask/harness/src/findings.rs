//! What was found to be wrong.

use crate::lock::locked;
use std::{sync::Mutex, time::Instant};

/// How many findings of each phase are printed; all are counted.
const SHOWN: usize = 8;

/// What was found to be wrong, in the order of its finding.
#[derive(Debug)]
pub struct Findings {
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
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
            found: Mutex::default(),
        }
    }

    /// A phase begins.
    pub fn enter(&self, phase: &str) {
        let mut found = locked(&self.found);
        phase.clone_into(&mut found.phase);
        found.in_phase = 0;
    }

    /// Something is wrong: says so now, and at the end.
    pub fn add(&self, what: impl AsRef<str>) {
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

    /// Returns how many there are and the first of each phase, if there are any.
    pub fn shown(&self) -> Option<String> {
        let Found { count, shown, .. } = &*locked(&self.found);
        let more = count - shown.len();
        let heading = format!("{count} answers or states are wrong, {more} not shown:");
        (*count > 0).then(|| format!("{heading}\n{}", shown.join("\n")))
    }
}

impl Default for Findings {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_some_of_each_phase_are_shown() {
        let findings = Findings::new();
        assert_eq!(findings.shown(), None);
        for _ in 0..SHOWN + 2 {
            findings.add("again");
        }
        findings.enter("a node killed");
        findings.add("it came back");
        let shown = findings.shown().unwrap();
        assert!(shown.starts_with("11 answers or states are wrong, 2 not shown"));
        let last = shown.lines().last().unwrap();
        assert!(last.starts_with("a node killed (") && last.ends_with("it came back"));
    }
}
