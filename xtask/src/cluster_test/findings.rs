//! What was found to be wrong.

use std::sync::Mutex;
use std::time::Instant;

use crate::cluster_test::locked;

/// How many findings are printed; all are counted.
const SHOWN: usize = 40;

/// What was found to be wrong, in the order of its finding.
#[derive(Debug)]
pub(super) struct Findings {
    started: Instant,
    phase: Mutex<String>,
    found: Mutex<Vec<String>>,
}

// === impl Findings ===

impl Findings {
    /// Begins with nothing found.
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            phase: Mutex::default(),
            found: Mutex::default(),
        }
    }

    /// A phase begins.
    pub(super) fn enter(&self, phase: &str) {
        phase.clone_into(&mut locked(&self.phase));
    }

    /// Something is wrong: says so now, and at the end.
    pub(super) fn add(&self, what: impl AsRef<str>) {
        let line = format!(
            "{} ({:.1} s): {}",
            locked(&self.phase),
            self.started.elapsed().as_secs_f64(),
            what.as_ref()
        );
        let mut found = locked(&self.found);
        if found.len() < SHOWN {
            eprintln!("WRONG  {line}");
        }
        found.push(line);
    }

    /// Gives how many there are.
    pub(super) fn count(&self) -> usize {
        locked(&self.found).len()
    }

    /// Gives the first of them, one a line.
    pub(super) fn shown(&self) -> String {
        let found = locked(&self.found);
        let mut lines = found[..found.len().min(SHOWN)].join("\n");
        if found.len() > SHOWN {
            lines += &format!("\nand {} more", found.len() - SHOWN);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_its_phase() {
        let findings = Findings::new();
        assert_eq!(findings.count(), 0);
        findings.enter("a node killed");
        findings.add("it came back");
        assert_eq!(findings.count(), 1);
        let shown = findings.shown();
        assert!(shown.starts_with("a node killed ("), "{shown}");
        assert!(shown.ends_with("it came back"), "{shown}");
    }

    #[test]
    fn all_are_counted_and_some_are_shown() {
        let findings = Findings::new();
        for _ in 0..SHOWN + 2 {
            findings.add("again");
        }
        assert_eq!(findings.count(), SHOWN + 2);
        assert!(findings.shown().ends_with("and 2 more"));
    }
}
