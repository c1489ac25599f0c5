//! What is printed at the end.

use crate::{kinds::Kind, measured::Measured, revocation_times::RevocationTimes};
use comfy_table::{CellAlignment, Table, presets};
use xtask_harness::latencies::Latencies;

/// The aim for the 99th percentile of revocations while nothing is wrong, in
/// milliseconds.
const AIM: f64 = 50.0;

/// A table with a row for each phase, one with a row for each kind of revocation, and lines
/// about the aims.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<[String; 15]>,
    /// Revocations while nothing was wrong, and in phases with a fault.
    healthy: RevocationTimes,
    faulty: RevocationTimes,
    aims: Vec<String>,
    /// What else is to be said.
    remarks: Vec<String>,
}

// === impl Report ===

impl Report {
    /// Adds a phase.
    pub(crate) fn add(&mut self, phase: &str, measured: &Measured) {
        self.rows
            .push(columns(phase, measured).map(|(_, cell)| cell));
        let of_phases = match measured.recovery {
            None => &mut self.healthy,
            Some(_) => &mut self.faulty,
        };
        of_phases.append(&measured.revocations);
    }

    /// Adds a line on whether the 99th percentile of a phase meets the aim.
    pub(crate) fn aim(&mut self, phase: &str, revocations: &Latencies) {
        let found = revocations.milliseconds_at(99.0);
        let verdict = if found < AIM { "met" } else { "MISSED" };
        self.aims.push(format!(
            "{phase}: p99 of revocations {found:.1} ms, aim: under {AIM} ms, {verdict}"
        ));
    }

    /// Adds a line about a phase.
    pub(crate) fn remark(&mut self, phase: &str, remark: &str) {
        self.remarks.push(format!("{phase}: {remark}"));
    }

    /// Prints everything.
    pub(crate) fn print(&self) {
        println!("\ntimes in ms, of changes that were acknowledged");
        let headings = columns("", &Measured::default()).map(|(heading, _)| heading);
        println!("{}\n", table(headings, &self.rows));
        println!("revocations by kind while nothing was wrong, and in phases with a fault");
        let headings = [
            "", "revoked", "p50", "p99", "max", "revoked", "p50", "p99", "max",
        ];
        let kinds = Kind::ALL.map(|kind| self.of_kind(kind));
        println!("{}\n", table(headings, &kinds));
        let lines = [&*self.aims, &*self.remarks].concat();
        println!("{}\n", lines.join("\n"));
    }

    fn of_kind(&self, kind: Kind) -> [String; 9] {
        let [healthy, faulty] = [&self.healthy, &self.faulty].map(|times| {
            let of_kind = times.of(kind);
            let at = |percent| milliseconds(&of_kind.latencies, percent);
            [of_kind.count().to_string(), at(50.0), at(99.0), at(100.0)]
        });
        let mut cells = [format!("{kind:?}")]
            .into_iter()
            .chain(healthy)
            .chain(faulty);
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    }
}

fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(headings)
        .add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

fn columns(phase: &str, measured: &Measured) -> [(&'static str, String); 15] {
    let of_all = measured.revocations.of_all();
    let (answered, revocations) = (of_all.count(), &of_all.latencies);
    let recovery = measured.recovery.map_or("-".to_owned(), |time| {
        format!("{:.1} s", time.as_secs_f64())
    });
    [
        ("", phase.to_owned()),
        ("revoked", answered.to_string()),
        ("unknown", measured.undecided.to_string()),
        ("p50", milliseconds(revocations, 50.0)),
        ("p90", milliseconds(revocations, 90.0)),
        ("p99", milliseconds(revocations, 99.0)),
        ("max", milliseconds(revocations, 100.0)),
        ("created", measured.creations.count().to_string()),
        ("p99", milliseconds(&measured.creations, 99.0)),
        ("back max", milliseconds(&measured.restorations, 100.0)),
        ("accepted", measured.accepted.to_string()),
        ("refused", measured.refused.to_string()),
        ("503", measured.unavailable.to_string()),
        ("none", measured.unanswered.to_string()),
        ("well after", recovery),
    ]
}

fn milliseconds(latencies: &Latencies, percent: f64) -> String {
    if latencies.count() == 0 {
        return "-".to_owned();
    }
    let found = latencies.milliseconds_at(percent);
    format!("{found:.*}", usize::from(found < 100.0))
}
