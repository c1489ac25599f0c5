//! Runs an import, and says how far it is.

use crate::{
    report::{Counts, Format, Report},
    retrying::Retrying,
};
use apikey_domain::{
    import::{facts::ImportOptions, finding::Outcome, source::SourceName},
    port::import_store::{ImportSource, ImportStore, ImportView},
    system::SystemClock,
    use_case::operation::import::{Import, ImportError, Target},
};
use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

/// How often the progress is shown.
const INTERVAL: Duration = Duration::from_millis(500);

/// Where the rows go.
pub enum Destination<'a> {
    /// Into a store.
    Store(&'a dyn ImportStore, &'a dyn ImportView),
    /// Nowhere. There is a store with this, or none yet.
    Nowhere(Option<&'a dyn ImportView>),
}

/// How an import is run.
pub struct Run<'a> {
    /// The name of the source.
    pub source: SourceName,
    /// How rows are imported.
    pub options: ImportOptions,
    /// Where they go.
    pub destination: Destination<'a>,
    /// How the report is written.
    pub format: Format,
    /// How many rows there are, if that is known, for the progress; `None` to show none.
    pub progress: Option<u64>,
}

/// Why an import failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A row could not be read or stored.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The report could not be written.
    #[error("the report cannot be written: {0}")]
    Report(#[from] io::Error),
}

/// Runs an import, and writes its report to `output`.
///
/// # Errors
///
/// [`RunError`]. The report says what was done before.
pub async fn run(
    run: Run<'_>,
    source: &mut dyn ImportSource,
    output: impl Write + Send,
) -> Result<Counts, RunError> {
    let is_dry_run = matches!(run.destination, Destination::Nowhere(_));
    let mut report = Report::begin(output, run.format)?;
    let mut progress = Progress::new(run.progress);
    let mut written = Ok(());
    let mut say = |outcomes: Vec<Outcome>| {
        // The rows that were stored are stored, whether that can be printed or not.
        if written.is_ok() {
            written = report.add(&outcomes);
        }
        progress.show(report.counts());
    };
    let retrying;
    let (view, target) = match run.destination {
        Destination::Store(store, view) => {
            retrying = Retrying(store);
            (Some(view), Target::Store(&retrying))
        }
        Destination::Nowhere(view) => (view, Target::Pretended(Box::default())),
    };
    let mut import = Import {
        source: run.source,
        options: run.options,
        view,
        target,
        clock: &SystemClock,
    };
    let outcome = import.run(source, &mut say).await;
    progress.end();
    written?;
    for finding in outcome.iter().flatten() {
        report.say(finding)?;
    }
    let counts = report.end(is_dry_run, outcome.is_ok())?;
    outcome?;
    Ok(counts)
}

/// Shows on standard error how far an import is.
struct Progress {
    total: Option<u64>,
    shown_at: Instant,
    is_shown: bool,
}

// === impl Progress ===

impl Progress {
    fn new(total: Option<u64>) -> Self {
        Self {
            total,
            shown_at: Instant::now(),
            is_shown: false,
        }
    }

    fn show(&mut self, counts: &Counts) {
        let Some(total) = self.total.filter(|_| self.shown_at.elapsed() >= INTERVAL) else {
            return;
        };
        self.shown_at = Instant::now();
        self.is_shown = true;
        let rows = counts.rows();
        let _ = write!(io::stderr(), "\r{rows} rows of about {total}\u{1b}[K");
    }

    fn end(&self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}
