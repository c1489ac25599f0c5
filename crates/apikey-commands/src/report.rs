//! What an import says of its rows, as a table for people or as JSON, while it runs.

use crate::text::is_unseen;
use apikey_domain::import::{
    finding::{Done, Effect, Finding, Outcome},
    source::RowKind,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, io};

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line for each finding, and then the numbers.
    Table,
    /// One JSON object.
    Json,
}

/// Writes a report. Findings are written when they come: none is held in memory.
pub struct Report<W> {
    output: W,
    format: Format,
    has_findings: bool,
    counts: Counts,
}

/// How many rows of each kind became what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    done: BTreeMap<(RowKind, Done), u64>,
    effects: BTreeMap<Effect, u64>,
}

// === impl Report ===

impl<W: io::Write> Report<W> {
    /// Begins a report.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn begin(mut output: W, format: Format) -> io::Result<Self> {
        if format == Format::Json {
            output.write_all(b"{\"findings\":[")?;
        }
        Ok(Self {
            output,
            format,
            has_findings: false,
            counts: Counts::default(),
        })
    }

    /// Adds what became of some rows.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn add(&mut self, outcomes: &[Outcome]) -> io::Result<()> {
        for outcome in outcomes {
            self.counts.count(outcome);
            for finding in &outcome.findings {
                self.say(finding)?;
            }
        }
        Ok(())
    }

    /// Adds something that there is to say, of a row or of the whole.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn say(&mut self, finding: &Finding) -> io::Result<()> {
        *self.counts.effects.entry(finding.effect).or_default() += 1;
        self.write(finding)
    }

    fn write(&mut self, finding: &Finding) -> io::Result<()> {
        let Finding {
            row,
            name,
            effect,
            reason,
        } = finding;
        match self.format {
            Format::Table => {
                let (kind, effect) = (row.kind.as_str(), effect.as_str());
                let (id, name) = (printable(&row.text), printable(name));
                let reason = printable(reason);
                writeln!(
                    self.output,
                    "{effect:<8} {kind:<12} {id:<8} {name:<24} {reason}"
                )
            }
            Format::Json => {
                let separator: &[u8] = if self.has_findings { b",\n" } else { b"\n" };
                self.has_findings = true;
                self.output.write_all(separator)?;
                let finding = json!({
                    "kind": row.kind.as_str(),
                    "id": row.text,
                    "name": name,
                    "effect": effect.as_str(),
                    "reason": reason,
                });
                serde_json::to_writer(&mut self.output, &finding)?;
                Ok(())
            }
        }
    }

    /// Returns the numbers so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Ends the report with the numbers. Without `is_whole` the import ended early.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn end(mut self, is_dry_run: bool, is_whole: bool) -> io::Result<Counts> {
        match self.format {
            Format::Table => {
                let would = if is_dry_run { "would be " } else { "" };
                for kind in RowKind::ALL {
                    let numbers = Done::ALL.into_iter().filter_map(|done| {
                        let number = self.counts.done(kind, done);
                        (number > 0).then(|| format!("{number} {would}{}", done.as_str()))
                    });
                    let numbers = Vec::from_iter(numbers).join(", ");
                    let numbers = if numbers.is_empty() { "none" } else { &numbers };
                    writeln!(self.output, "{}: {numbers}", kind.plural())?;
                }
                if !is_whole {
                    writeln!(
                        self.output,
                        "it ended before its end: run it again to go on"
                    )?;
                }
            }
            Format::Json => {
                let counts = RowKind::ALL.into_iter().map(|kind| {
                    let numbers = Done::ALL.into_iter().map(|done| {
                        let number = self.counts.done(kind, done);
                        (done.as_str().to_owned(), Value::from(number))
                    });
                    (kind.plural().to_owned(), Value::Object(numbers.collect()))
                });
                let counts: Map<String, Value> = counts.collect();
                let counts = Value::Object(counts);
                writeln!(
                    self.output,
                    "\n],\"counts\":{counts},\"dry_run\":{is_dry_run},\"complete\":{is_whole}}}"
                )?;
            }
        }
        self.output.flush()?;
        Ok(self.counts)
    }
}

/// Returns a text without what moves a cursor or turns a line around.
fn printable(text: &str) -> String {
    let stand_in = |character: char| match is_unseen(character) {
        true => '\u{fffd}',
        false => character,
    };
    text.chars().map(stand_in).collect()
}

// === impl Counts ===

impl Counts {
    fn count(&mut self, Outcome { row, done, .. }: &Outcome) {
        *self.done.entry((row.kind, *done)).or_default() += 1;
    }

    /// Returns how many rows of a kind became this.
    pub fn done(&self, kind: RowKind, done: Done) -> u64 {
        self.done.get(&(kind, done)).copied().unwrap_or_default()
    }

    /// Returns how many rows there were.
    pub fn rows(&self) -> u64 {
        self.done.values().sum()
    }

    /// Returns how many findings there were with this effect.
    pub fn findings(&self, effect: Effect) -> u64 {
        self.effects.get(&effect).copied().unwrap_or_default()
    }

    /// Returns how many rows were changed, here or elsewhere.
    pub fn changed(&self) -> u64 {
        let unchanged = [Done::Unchanged, Done::Skipped];
        let changed = self
            .done
            .iter()
            .filter(|((_, done), _)| !unchanged.contains(done));
        changed.map(|(_, number)| number).sum()
    }
}
