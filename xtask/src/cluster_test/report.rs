//! What is printed at the end.

use std::fmt;
use std::time::Duration;

use crate::bench::statistics::Latencies;
use crate::bench::table::number;
use crate::cluster_test::counts::Counted;
use crate::cluster_test::figures::Figures;

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
pub(super) struct Report {
    rows: Vec<[String; HEADINGS.len()]>,
    aims: Vec<String>,
}

// === impl Report ===

impl Report {
    /// Begins with the headings.
    pub(super) fn new() -> Self {
        Self {
            rows: vec![HEADINGS.map(str::to_owned)],
            aims: Vec::new(),
        }
    }

    /// Adds a phase.
    pub(super) fn add(&mut self, phase: &str, figures: &Figures, counted: Counted) {
        let revocations = &figures.revocations;
        let answered = revocations.count() as u64 + figures.through_fault;
        let whole = |count: u64| number(count as f64, 0);
        let or_nothing = |latencies: &Latencies, percent| match latencies.count() {
            0 => "-".to_owned(),
            _ => milliseconds(latencies, percent),
        };
        self.rows.push([
            phase.to_owned(),
            whole(answered),
            whole(figures.undecided),
            or_nothing(revocations, 50),
            or_nothing(revocations, 90),
            or_nothing(revocations, 99),
            or_nothing(revocations, 100),
            whole(figures.creations.count() as u64),
            or_nothing(&figures.creations, 99),
            or_nothing(&figures.restorations, 100),
            whole(counted.accepted),
            whole(counted.refused),
            whole(counted.unavailable),
            whole(counted.broken),
            figures.recovery.map_or("-".to_owned(), seconds),
        ]);
    }

    /// Says whether the 99th percentile of a phase is as it is meant to be.
    pub(super) fn aim(&mut self, phase: &str, revocations: &Latencies) {
        let found = revocations.milliseconds_at(99);
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
        let width = |column: usize| {
            let widths = self.rows.iter().map(|row| row[column].chars().count());
            widths.max().unwrap_or_default()
        };
        writeln!(formatter, "times in ms, of changes that were acknowledged")?;
        for row in &self.rows {
            let mut line = format!("{:width$}", row[0], width = width(0));
            for (column, cell) in row.iter().enumerate().skip(1) {
                line += &format!("  {cell:>width$}", width = width(column));
            }
            writeln!(formatter, "{}", line.trim_end())?;
        }
        for aim in &self.aims {
            writeln!(formatter, "{aim}")?;
        }
        Ok(())
    }
}

fn milliseconds(latencies: &Latencies, percent: usize) -> String {
    let found = latencies.milliseconds_at(percent);
    number(found, usize::from(found < 100.0))
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_phase_has_a_row() {
        let mut figures = Figures::default();
        for milliseconds in 1..=100 {
            figures.revocations.add(Duration::from_millis(milliseconds));
        }
        let mut report = Report::new();
        report.add("calm", &figures, Counted::default());
        report.aim("calm", &figures.revocations);
        let shown = report.to_string();
        let row = shown.lines().nth(2).unwrap();
        let cells: Vec<_> = row.split_whitespace().collect();
        assert_eq!(
            cells[..7],
            ["calm", "100", "0", "50.0", "90.0", "99.0", "100"]
        );
        assert!(shown.contains("aim: under 50 ms, MISSED"), "{shown}");
    }
}
