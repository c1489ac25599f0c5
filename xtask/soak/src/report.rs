//! What is printed at the end.

use crate::{measured::Measured, windows::Window};
use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader},
    path::PathBuf,
};
use xtask_harness::latencies::Latencies;

/// How many kinds of lines in a log are shown.
const LINES: usize = 12;

/// Prints how many requests of each kind were answered, and how soon.
pub(crate) fn print_requests(measured: &Measured, seconds: f64) {
    let mut table = Table::new();
    let headings = [
        "answered",
        "requests",
        "p50, ms",
        "p99, ms",
        "p99.9, ms",
        "max, ms",
    ];
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_header(headings);
    let mut sum = Latencies::default();
    let all = measured.all();
    for (kind, latencies) in &all {
        table.add_row(row(&kind.to_string(), latencies));
        sum.append(latencies);
    }
    table.add_row(row("all", &sum));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("\n{}", table.trim_fmt());
    println!("{:.0} answers a second\n", sum.count() as f64 / seconds);
}

/// Prints for how long the service was unavailable, and what was.
pub(crate) fn print_windows(windows: &[Window]) {
    for window in windows {
        let [verifications, others] = window.spans();
        println!(
            "{}: {} requests got 503 and {} no answer; verifications within {verifications:.1?}, \
             everything else within {others:.1?}",
            window.name, window.refused, window.cut
        );
    }
}

fn row(name: &str, latencies: &Latencies) -> Vec<String> {
    let at = |percent| {
        let found = latencies.milliseconds_at(percent);
        format!("{found:.*}", usize::from(found < 100.0))
    };
    let times = [50.0, 99.0, 99.9, 100.0].map(at);
    let mut cells = vec![name.to_owned(), latencies.count().to_string()];
    cells.extend(times);
    cells
}

/// Prints which warnings and errors servers logged, and returns panics among them.
pub(crate) fn print_logs(logs: &[PathBuf]) -> Result<Vec<String>> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut panics = Vec::new();
    for log in logs {
        for line in BufReader::new(File::open(log)?).lines() {
            let line = line?;
            if line.contains("panicked") {
                panics.push(line.clone());
            }
            let parsed: Option<serde_json::Value> = serde_json::from_str(&line).ok();
            let Some(parsed) = parsed else { continue };
            let level = parsed["level"].as_str().unwrap_or_default();
            if matches!(level, "WARN" | "ERROR") {
                let message = parsed["message"].as_str();
                let message = message.or_else(|| parsed["fields"]["message"].as_str());
                let message = message.unwrap_or("a line without a message");
                *counts.entry(format!("{level} {message}")).or_default() += 1;
            }
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (message, count) in counts.iter().take(LINES) {
        println!("logged {count} times: {message}");
    }
    Ok(panics)
}
