//! Figures, printed for people: a table that can be pasted into a document.

use crate::{bench::Bench, series::Series};
use anyhow::Result;
use comfy_table::{CellAlignment, presets::ASCII_MARKDOWN};
use std::io::{self, Write};

/// A table of figures below its heading.
pub(crate) struct Table {
    heading: String,
    rows: comfy_table::Table,
}

/// What a figure is meant to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Aim {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
}

// === impl Table ===

impl Table {
    /// Starts a table of figures with their ranges and aims.
    pub(crate) fn new(bench: &Bench, subject: &str) -> Self {
        let columns = ["figure", "median", "range", "aim"].map(str::to_owned);
        Self::with_columns(bench, subject, &columns)
    }

    /// Starts a table of other columns.
    pub(crate) fn with_columns(bench: &Bench, subject: &str, columns: &[String]) -> Self {
        let mut rows = comfy_table::Table::new();
        rows.load_style(ASCII_MARKDOWN);
        rows.set_header(columns);
        Self {
            heading: format!("{subject} on {}", bench.engine.kind()),
            rows,
        }
    }

    /// Prints the table.
    pub(crate) fn print(&self) -> Result<()> {
        let Self { heading, rows } = self;
        Ok(writeln!(io::stdout(), "{heading}\n\n{rows}\n")?)
    }

    /// Adds a row as it is.
    pub(crate) fn cells(&mut self, cells: Vec<String>) {
        self.rows.add_row(cells);
    }

    /// Adds a figure and, if it has an aim, whether its median is what it is meant
    /// to be.
    pub(crate) fn row(
        &mut self,
        label: impl Into<String>,
        series: impl Into<Series>,
        aim: impl Into<Option<Aim>>,
    ) {
        let (label, series) = (label.into(), series.into());
        let aim = aim.into().map(|aim: Aim| aim.compare(series.median()));
        let decimals = decimals(series.median());
        let write = |figure| number(figure, decimals);
        let range = series.range().map_or(String::new(), |(smallest, largest)| {
            format!("{} – {}", write(smallest), write(largest))
        });
        let median = write(series.median());
        self.rows
            .add_row([label, median, range, aim.unwrap_or_default()]);
        if let Some(column) = self.rows.column_mut(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

// === impl Aim ===

impl Aim {
    fn compare(self, figure: f64) -> String {
        let (words, aim, is_met) = match self {
            Self::AtLeast(aim) => ("at least", aim, figure >= aim),
            Self::AtMost(aim) => ("at most", aim, figure <= aim),
        };
        let verdict = if is_met { "met" } else { "MISSED" };
        format!("{words} {aim}, {verdict}")
    }
}

/// Writes a whole number with separators between its thousands.
pub(crate) fn count(number_of: u64) -> String {
    number(number_of as f64, 0)
}

/// Writes a figure with as many decimals as are worth reading.
pub(crate) fn figure(figure: f64) -> String {
    number(figure, decimals(figure))
}

/// Returns how many decimals are worth reading.
fn decimals(figure: f64) -> usize {
    match figure.abs() {
        0.0 => 0,
        small if small < 0.1 => 3,
        small if small < 10.0 => 2,
        medium if medium < 100.0 => 1,
        _ => 0,
    }
}

fn number(figure: f64, decimals: usize) -> String {
    let mut text = format!("{figure:.decimals$}");
    let sign = usize::from(text.starts_with('-'));
    let mut place = text.find('.').unwrap_or(text.len());
    while place > sign + 3 {
        place -= 3;
        text.insert(place, ',');
    }
    text
}
