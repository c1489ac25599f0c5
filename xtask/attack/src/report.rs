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
    /// What another program gave, and whether that did not hold.
    before: String,
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

    /// Returns what did not hold, with its figure.
    pub(crate) fn failed(&self) -> impl Iterator<Item = String> {
        let failed = self.0.iter().filter(|check| check.held == Some(false));
        failed.map(|check| format!("{}: {}", check.what, check.figure))
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
            before: String::new(),
        });
    }

    /// Puts what each check gave before beside it.
    fn add_before(&mut self, before: Self) {
        for old in before.0 {
            let seen = format!("{} {}", old.figure, verdict(old.held));
            let seen = seen.trim_end().to_owned();
            match self.0.iter_mut().find(|check| check.what == old.what) {
                Some(check) => check.before = seen,
                None => self.0.push(Check {
                    figure: String::new(),
                    held: None,
                    before: seen,
                    ..old
                }),
            }
        }
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
        let rows = self.rows.iter();
        rows.flat_map(|(.., checks)| checks.failed()).count()
    }

    /// Prints all rows as a table, beside what they gave before, if that is known.
    pub(crate) fn print(&mut self, before: Option<Self>) -> Result<()> {
        let is_compared = before.is_some();
        self.add_before(before.unwrap_or_default());
        let in_order = |(row, kind, _): &(u8, Kind, Checks)| (*row, *kind == Kind::Postgres);
        self.rows.sort_by_key(in_order);
        let mut table = comfy_table::Table::new();
        table.load_style(ASCII_MARKDOWN);
        let mut header = vec!["row", "on", "what was done", "figure", "limit", ""];
        if is_compared {
            header.insert(3, "before");
        }
        table.set_header(header);
        for (row, kind, checks) in &self.rows {
            for check in &checks.0 {
                let mut cells = vec![
                    row.to_string(),
                    kind.to_string(),
                    check.what.clone(),
                    check.figure.clone(),
                    check.limit.clone(),
                    verdict(check.held).to_owned(),
                ];
                if is_compared {
                    cells.insert(3, check.before.clone());
                }
                table.add_row(cells);
            }
        }
        if let Some(column) = table.column_mut(0) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        Ok(writeln!(io::stdout(), "\n{table}\n")?)
    }

    /// Puts what each check gave before beside it. What was checked only then, such as
    /// a row that broke off, is added.
    fn add_before(&mut self, before: Self) {
        for (row, kind, old) in before.rows {
            let mut now = self.rows.iter_mut();
            match now.find(|(number, on, _)| (*number, *on) == (row, kind)) {
                Some((.., checks)) => checks.add_before(old),
                None => {
                    let mut checks = Checks::default();
                    checks.add_before(old);
                    self.rows.push((row, kind, checks));
                }
            }
        }
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
    fn what_was_before_stands_beside_what_is_and_is_not_judged() {
        let report = |fill: fn(&mut Checks)| {
            let mut checks = Checks::default();
            fill(&mut checks);
            let mut report = Report::default();
            report.add(1, Kind::Sqlite, checks);
            report
        };
        let mut now = report(|checks| checks.at_most("a", 1.0, 2.0, "s"));
        let before = report(|checks| {
            checks.at_most("a", 3.0, 2.0, "s");
            checks.at_most("b", 4.0, 2.0, "s");
        });
        now.add_before(before);
        assert_eq!(now.failed(), 0);
        let [(.., checks)] = &now.rows[..] else {
            panic!("{now:?}")
        };
        let shown = checks.0.iter().map(|one| (&*one.figure, &*one.before));
        let shown: Vec<_> = shown.collect();
        assert_eq!(shown, [("1 s", "3 s FAILED"), ("", "4 s FAILED")]);
    }

    #[test]
    fn what_is_only_shown_cannot_fail() {
        let shown = |checks: &mut Checks| checks.at_most_if(false, "", 9.0, 1.0, "ms");
        assert_eq!(failed(shown), 0);
    }
}
