//! What is printed at the end.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};
use xtask_harness::latencies::Latencies;

use crate::counts::Counts;
use crate::measured::Measured;

/// The aim for the 99th percentile of revocations while nothing is wrong, in
/// milliseconds.
const AIM_MILLISECONDS: f64 = 50.0;

const HEADINGS: [&str; 15] = [
    "",
    "revoked",
    "unknown",
    "p50",
    "p90",
    "p99",
    "max",
    "created",
    "p99",
    "back max",
    "accepted",
    "refused",
    "503",
    "none",
    "well after",
];

/// A table with a row for each phase.
#[derive(Debug)]
pub(crate) struct Report {
    table: Table,
    aims: Vec<String>,
}

// === impl Report ===

impl Report {
    /// Begins with the headings.
    pub(crate) fn new() -> Self {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(HEADINGS);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        Self {
            table,
            aims: Vec::new(),
        }
    }

    /// Adds a phase.
    pub(crate) fn add(&mut self, phase: &str, measured: &Measured, counted: Counts) {
        let revocations = &measured.revocations;
        let answered = revocations.count() + measured.through_fault;
        let recovery = measured.recovery.map_or("-".to_owned(), |time| {
            format!("{:.1} s", time.as_secs_f64())
        });
        self.table.add_row([
            phase.to_owned(),
            answered.to_string(),
            measured.undecided.to_string(),
            milliseconds(revocations, 50.0),
            milliseconds(revocations, 90.0),
            milliseconds(revocations, 99.0),
            milliseconds(revocations, 100.0),
            measured.creations.count().to_string(),
            milliseconds(&measured.creations, 99.0),
            milliseconds(&measured.restorations, 100.0),
            counted.accepted.to_string(),
            counted.refused.to_string(),
            counted.unavailable.to_string(),
            counted.broken.to_string(),
            recovery,
        ]);
    }

    /// Says whether the 99th percentile of a phase is as it is meant to be.
    pub(crate) fn aim(&mut self, phase: &str, revocations: &Latencies) {
        let found = revocations.milliseconds_at(99.0);
        let verdict = if found < AIM_MILLISECONDS {
            "met"
        } else {
            "MISSED"
        };
        self.aims.push(format!(
            "{phase}: p99 of revocations {found:.1} ms, aim: under {AIM_MILLISECONDS} ms, {verdict}"
        ));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "times in ms, of changes that were acknowledged")?;
        writeln!(formatter, "{}", self.table.trim_fmt())?;
        for aim in &self.aims {
            writeln!(formatter, "{aim}")?;
        }
        Ok(())
    }
}

fn milliseconds(latencies: &Latencies, percent: f64) -> String {
    if latencies.count() == 0 {
        return "-".to_owned();
    }
    let found = latencies.milliseconds_at(percent);
    format!("{found:.*}", usize::from(found < 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_phase_has_a_row() {
        let mut measured = Measured::default();
        for milliseconds in 1..=100 {
            measured
                .revocations
                .add(Duration::from_millis(milliseconds));
        }
        let mut report = Report::new();
        report.add("fine", &measured, Counts::default());
        report.aim("fine", &measured.revocations);
        let shown = report.to_string();
        let row = shown.lines().nth(2).unwrap();
        let cells: Vec<_> = row.split_whitespace().collect();
        assert_eq!(
            cells[..7],
            ["fine", "100", "0", "50.0", "90.0", "99.0", "100"]
        );
        assert!(shown.contains("aim: under 50 ms, MISSED"), "{shown}");
    }
}
