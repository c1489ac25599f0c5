//! What each check gave, and whether it held.

use anyhow::Result;
use comfy_table::{CellAlignment, presets::ASCII_MARKDOWN};
use std::{
    fmt::Display,
    io::{self, Write},
};
use xtask_harness::database::Kind;

/// What was done in one row, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<Check>);

/// One figure beside its limit.
#[derive(Debug)]
struct Check {
    what: String,
    figure: String,
    limit: String,
    /// Whether it held; `None` if it is shown and not judged.
    held: Option<bool>,
}

/// All rows, on each database.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<(u8, Kind, Checks)>,
}

// === impl Checks ===

impl Checks {
    /// Adds a figure that must not be above a limit.
    pub(crate) fn at_most(&mut self, what: impl Into<String>, figure: f64, limit: f64, unit: &str) {
        let is_right = figure <= limit;
        let [figure, limit] = [figure, limit].map(|one| format!("{} {unit}", number(one)));
        self.must(what, figure, limit, is_right);
    }

    /// Adds what was seen, and whether it is what it must be.
    pub(crate) fn must(
        &mut self,
        what: impl Into<String>,
        seen: impl Display,
        limit: impl Display,
        is_right: bool,
    ) {
        self.add(what, seen, limit, Some(is_right));
    }

    /// Adds how many of so many went wrong, with the first of them, which must be
    /// none.
    pub(crate) fn none_of(&mut self, what: impl Into<String>, wrong: &[String], all: usize) {
        let mut seen = format!("{} of {all}", wrong.len());
        if let Some(first) = wrong.first() {
            seen += &format!(": {}", shortened(first));
        }
        // Nothing tried is nothing shown.
        let is_right = wrong.is_empty() && all > 0;
        self.must(what, seen, "none", is_right);
    }

    /// Adds whether something went as it must.
    pub(crate) fn right(&mut self, what: impl Into<String>, result: &Result<()>) {
        let seen = match result {
            Ok(()) => "right".to_owned(),
            Err(error) => shortened(&format!("{error:#}")),
        };
        self.must(what, seen, "right", result.is_ok());
    }

    /// Adds a figure that is not judged.
    pub(crate) fn show(&mut self, what: impl Into<String>, figure: impl Display) {
        self.add(what, figure, "", None);
    }

    /// Adds a figure that must not be above a limit, or is only shown.
    pub(crate) fn at_most_if(
        &mut self,
        is_judged: bool,
        what: impl Into<String>,
        figure: f64,
        limit: f64,
        unit: &str,
    ) {
        if is_judged {
            self.at_most(what, figure, limit, unit);
        } else {
            self.show(what, format!("{} {unit}", number(figure)));
        }
    }

    /// Returns the checks of a row, whose end in an error is one that failed.
    pub(crate) fn of(result: Result<Self>) -> Self {
        result.unwrap_or_else(|error| {
            let mut checks = Self::default();
            let seen = shortened(&format!("{error:#}"));
            checks.must("the row as a whole", seen, "runs to its end", false);
            checks
        })
    }

    fn add(
        &mut self,
        what: impl Into<String>,
        figure: impl Display,
        limit: impl Display,
        held: Option<bool>,
    ) {
        self.0.push(Check {
            what: what.into(),
            figure: figure.to_string(),
            limit: limit.to_string(),
            held,
        });
    }
}

// === impl Report ===

impl Report {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: u8, kind: Kind, checks: Checks) {
        self.rows.push((row, kind, checks));
    }

    /// Returns how many checks failed.
    pub(crate) fn failed(&self) -> usize {
        let checks = self.rows.iter().flat_map(|(_, _, checks)| &checks.0);
        checks.filter(|check| check.held == Some(false)).count()
    }

    /// Prints all rows as a table.
    pub(crate) fn print(&mut self) -> Result<()> {
        self.rows.sort_by_key(|(row, ..)| *row);
        let mut table = comfy_table::Table::new();
        table.load_style(ASCII_MARKDOWN);
        table.set_header(["row", "on", "what was done", "figure", "limit", ""]);
        for (row, kind, checks) in &self.rows {
            for check in &checks.0 {
                table.add_row([
                    row.to_string(),
                    kind.to_string(),
                    check.what.clone(),
                    check.figure.clone(),
                    check.limit.clone(),
                    verdict(check.held).to_owned(),
                ]);
            }
        }
        if let Some(column) = table.column_mut(0) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        Ok(writeln!(io::stdout(), "\n{table}\n")?)
    }
}

fn verdict(held: Option<bool>) -> &'static str {
    match held {
        Some(true) => "held",
        Some(false) => "FAILED",
        None => "",
    }
}

/// Writes a figure with one decimal where that is worth reading.
fn number(figure: f64) -> String {
    if figure.abs() < 100.0 && figure.fract() != 0.0 {
        format!("{figure:.1}")
    } else {
        format!("{figure:.0}")
    }
}

/// Returns the first line of a text, or what fits in a table of it.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    fn failed(fill: impl FnOnce(&mut Checks)) -> usize {
        let mut checks = Checks::default();
        fill(&mut checks);
        let mut report = Report::default();
        report.add(1, Kind::Sqlite, checks);
        report.failed()
    }

    #[test]
    fn a_figure_up_to_its_limit_holds() {
        assert_eq!(failed(|checks| checks.at_most("", 30.0, 30.0, "MB")), 0);
        assert_eq!(failed(|checks| checks.at_most("", 30.1, 30.0, "MB")), 1);
        assert_eq!(failed(|checks| checks.at_most("", f64::NAN, 30.0, "")), 1);
    }

    #[test]
    fn what_was_not_tried_does_not_hold() {
        assert_eq!(failed(|checks| checks.none_of("", &[], 0)), 1);
        assert_eq!(failed(|checks| checks.none_of("", &[], 1)), 0);
        let wrong = ["200".to_owned()];
        assert_eq!(failed(|checks| checks.none_of("", &wrong, 1)), 1);
    }

    #[test]
    fn a_row_that_breaks_off_has_failed() {
        let mut report = Report::default();
        report.add(1, Kind::Sqlite, Checks::of(Err(anyhow!("no answer"))));
        assert_eq!(report.failed(), 1);
    }

    #[test]
    fn what_is_only_shown_cannot_fail() {
        let shown = |checks: &mut Checks| checks.at_most_if(false, "", 9.0, 1.0, "ms");
        assert_eq!(failed(shown), 0);
    }
}
