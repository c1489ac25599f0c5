//! Figures, printed for people.

use std::fmt;

use crate::bench::statistics::Figures;

/// A table of figures; displayed with its columns aligned.
pub(super) struct Table {
    heading: String,
    rows: Vec<Row>,
}

struct Row {
    label: String,
    median: String,
    range: String,
    remark: String,
}

/// What a figure is meant to be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Aim {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
}

// === impl Table ===

impl Table {
    /// Starts a table.
    pub(super) fn new(heading: impl Into<String>) -> Self {
        Self {
            heading: heading.into(),
            rows: Vec::new(),
        }
    }

    /// Adds a row with so many decimals.
    pub(super) fn row(&mut self, label: &str, figures: &Figures, decimals: usize) {
        self.push(label, figures, decimals, String::new());
    }

    /// Adds a row and says whether its median is what it is meant to be.
    pub(super) fn aimed(&mut self, label: &str, figures: &Figures, decimals: usize, aim: Aim) {
        self.push(label, figures, decimals, aim.judge(figures.median()));
    }

    fn push(&mut self, label: &str, figures: &Figures, decimals: usize, remark: String) {
        let range = if figures.is_single() {
            String::new()
        } else {
            let smallest = number(figures.smallest(), decimals);
            format!("{smallest} – {}", number(figures.largest(), decimals))
        };
        self.rows.push(Row {
            label: label.to_owned(),
            median: number(figures.median(), decimals),
            range,
            remark,
        });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = |cell: fn(&Row) -> &String| {
            let widths = self.rows.iter().map(|row| cell(row).chars().count());
            widths.max().unwrap_or_default()
        };
        let label_width = widest(|row| &row.label);
        let median_width = widest(|row| &row.median);
        let range_width = widest(|row| &row.range);
        write!(formatter, "{}", self.heading)?;
        for row in &self.rows {
            let line = format!(
                "  {:label_width$}  {:>median_width$}  {:range_width$}  {}",
                row.label, row.median, row.range, row.remark
            );
            write!(formatter, "\n{}", line.trim_end())?;
        }
        Ok(())
    }
}

// === impl Aim ===

impl Aim {
    fn judge(self, figure: f64) -> String {
        let (words, aim, is_met) = match self {
            Self::AtLeast(aim) => ("at least", aim, figure >= aim),
            Self::AtMost(aim) => ("at most", aim, figure <= aim),
        };
        let verdict = if is_met { "met" } else { "MISSED" };
        format!("aim: {words} {aim}, {verdict}")
    }
}

/// Writes a number with its thousands set apart.
pub(crate) fn number(figure: f64, decimals: usize) -> String {
    let written = format!("{figure:.decimals$}");
    let (whole, fraction) = match written.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (written.as_str(), String::new()),
    };
    let (sign, whole) = match whole.strip_prefix('-') {
        Some(whole) => ("-", whole),
        None => ("", whole),
    };
    let mut grouped = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + &fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let table = [
            (0.0, 0, "0"),
            (999.6, 0, "1,000"),
            (123_456.0, 0, "123,456"),
            (-331.0, 0, "-331"),
            (-1_331.5, 1, "-1,331.5"),
            (1_234_567.25, 2, "1,234,567.25"),
            (0.714, 2, "0.71"),
        ];
        for (figure, decimals, expected) in table {
            assert_eq!(number(figure, decimals), expected);
        }
    }

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new("creates");
        let rounds = [1_000.0, 3_000.0, 2_000.0].into_iter().collect();
        table.row("over HTTP", &rounds, 0);
        table.aimed("ratio", &Figures::from(2.5), 1, Aim::AtLeast(2.0));
        assert_eq!(
            table.to_string(),
            "creates\n\
             \x20 over HTTP  2,000  1,000 – 3,000\n\
             \x20 ratio        2.5                 aim: at least 2, met"
        );
    }

    #[test]
    fn an_aim_is_judged_by_its_direction() {
        assert_eq!(Aim::AtLeast(0.7).judge(0.69), "aim: at least 0.7, MISSED");
        assert_eq!(Aim::AtMost(1.5).judge(1.5), "aim: at most 1.5, met");
    }
}
