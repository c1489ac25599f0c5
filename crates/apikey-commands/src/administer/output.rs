//! What commands print: tables for people, JSON for programs.

use super::{api_answer, failure::Failure, fields::Fields};
use crate::text::{json_line, visible};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Value, value::RawValue};
use std::io::{self, BufWriter, Write};

/// The widest column of a table, but the last one.
const WIDEST: usize = 40;

/// Where a command prints.
pub struct Output {
    is_json: bool,
    to: BufWriter<Box<dyn Write>>,
    /// The widths of the columns, once the first rows are known.
    widths: Option<Vec<usize>>,
}

/// A column of a table: what stands above it, and the field that it shows.
pub(super) type Column = (&'static str, fn(&Fields) -> String);

// === impl Output ===

impl Output {
    /// Prints to standard output.
    pub fn standard(is_json: bool) -> Self {
        Self {
            is_json,
            to: BufWriter::new(Box::new(io::stdout())),
            widths: None,
        }
    }

    /// Prints one object: a field a line, or the JSON that was answered.
    ///
    /// # Errors
    ///
    /// If it is none, or cannot be printed.
    pub(super) fn object(&mut self, text: &str) -> Result<(), Failure> {
        let fields = Fields::read(text)?;
        if self.is_json {
            writeln!(self.to, "{}", json_line(text))?;
        } else {
            for (name, value) in fields.iter() {
                writeln!(self.to, "{:<24} {}", visible(name), shown(value))?;
            }
        }
        Ok(self.to.flush()?)
    }

    /// Prints what was done for people, and the JSON that was answered for programs.
    ///
    /// # Errors
    ///
    /// If that is none, or cannot be printed.
    pub(super) fn done(&mut self, what: &str, json: &str) -> Result<(), Failure> {
        let _: &RawValue = api_answer::read(json)?;
        match self.is_json {
            true => writeln!(self.to, "{}", json_line(json))?,
            false => writeln!(self.to, "{}", visible(what))?,
        }
        Ok(self.to.flush()?)
    }

    /// Prints some rows of a list: one JSON object a line, or below the head of a table,
    /// whose columns are as wide as the first rows need.
    ///
    /// # Errors
    ///
    /// If they cannot be printed.
    pub(super) fn rows(
        &mut self,
        items: &[Box<RawValue>],
        columns: &[Column],
    ) -> Result<(), Failure> {
        if self.is_json {
            for item in items {
                writeln!(self.to, "{}", json_line(item.get()))?;
            }
            return Ok(self.to.flush()?);
        }
        let mut rows = Vec::with_capacity(items.len());
        for item in items {
            let fields = Fields::read(item.get())?;
            let cells = columns.iter().map(|(_, cell)| cell(&fields));
            rows.push(Vec::from_iter(cells));
        }
        if self.widths.is_none() {
            let heads: Vec<String> = columns.iter().map(|(head, _)| (*head).to_owned()).collect();
            let mut widths = vec![0; columns.len()];
            for row in rows.iter().chain([&heads]) {
                for (width, cell) in widths.iter_mut().zip(row) {
                    *width = (*width).max(cell.chars().count().min(WIDEST));
                }
            }
            self.widths = Some(widths);
            self.row(&heads)?;
        }
        for row in &rows {
            self.row(row)?;
        }
        Ok(self.to.flush()?)
    }

    /// Checks whether anybody reads a pipe to which this is printed, as a command does that has
    /// nothing to print for long: it would go on for nobody.
    ///
    /// # Errors
    ///
    /// If nobody does.
    pub(super) fn check_open(&self) -> Result<(), Failure> {
        let output = io::stdout();
        let mut looked_at = [PollFd::new(&output, PollFlags::empty())];
        let polled = poll(&mut looked_at, Some(&Timespec::default()));
        let [looked_at] = looked_at;
        match polled.is_ok()
            && looked_at
                .revents()
                .intersects(PollFlags::ERR | PollFlags::HUP)
        {
            true => Err(Failure::OutputClosed),
            false => Ok(()),
        }
    }

    fn row(&mut self, cells: &[String]) -> Result<(), Failure> {
        let mut line = String::new();
        let widths = self.widths.iter().flatten();
        for (cell, width) in cells.iter().zip(widths) {
            line += &format!("{cell:<width$}  ");
        }
        Ok(writeln!(self.to, "{}", line.trim_end())?)
    }
}

/// Returns a value for people.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => visible(text),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            let texts: Vec<String> = values.iter().map(shown).collect();
            texts.join(", ")
        }
        other => visible(&other.to_string()),
    }
}
