//! The audit log: each event of the record, as a line of a file.
//!
//! It is written from the events, not beside them: what is in it was committed, in the order
//! in which all readers see it. The last line says where it goes on, so nothing is written
//! twice after a stop, and what happened meanwhile is made up for.

mod file;
mod line;

use anyhow::Context;
use apikey_diesel::{Attendance, fault};
use apikey_domain::{
    change::{
        Position,
        event::{EventFilter, EventPage},
    },
    error::with_causes,
    key::token::KeyPrefix,
    port::{clock::Clock, event_log::EventLog},
};
use file::AuditFile;
use line::Special;
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinHandle, time::sleep};

/// How many events are written at once.
const BATCH_SIZE: u32 = 100;
/// How long to wait before looking for more events, and before trying again what failed.
const PAUSE: Duration = Duration::from_secs(1);

/// An audit log that goes on where it ended.
pub struct AuditLog {
    file: AuditFile,
    position: Position,
    events: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    prefix: KeyPrefix,
    /// Changes with each SIGHUP.
    hangups: watch::Receiver<u64>,
    /// Whether it was said that events were deleted before they were written.
    has_told_gap: bool,
    /// Whether it was said that the record is another one. Until there is an event, one that
    /// was restored stays so.
    has_told_other_record: bool,
    /// What fails, if that was logged.
    failing: Option<&'static str>,
}

/// Checks that a file can be an audit log, and changes nothing.
///
/// # Errors
///
/// If it cannot: then a server does not start.
pub fn check(path: &Path) -> anyhow::Result<()> {
    let is_one = file::look(path)?.is_none_or(|line| line::position(&line).is_some());
    anyhow::ensure!(is_one, "it does not end with a line of an audit log");
    Ok(())
}

// === impl AuditLog ===

impl AuditLog {
    /// Opens the file at `path`, and makes it if it is missing.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, another process writes it, or it does not end as an audit log
    /// does.
    pub fn open(
        path: &Path,
        events: Arc<dyn EventLog>,
        clock: Arc<dyn Clock>,
        prefix: KeyPrefix,
        hangups: watch::Receiver<u64>,
    ) -> anyhow::Result<Self> {
        let opened = AuditFile::open(path);
        let (file, last) =
            opened.with_context(|| format!("cannot open the audit log {}", path.display()))?;
        let position = last
            .as_deref()
            .map_or(Some(Position::START), line::position);
        let position = position.with_context(|| {
            format!(
                "{} does not end with a line of an audit log: name another file",
                path.display()
            )
        })?;
        Ok(Self {
            file,
            position,
            events,
            clock,
            prefix,
            hangups,
            has_told_gap: false,
            has_told_other_record: last.as_deref().is_some_and(line::tells_other_record),
            failing: None,
        })
    }

    /// Writes what is recorded from now on, and holds `attendance` while it does.
    pub fn start(mut self, attendance: Attendance) -> JoinHandle<()> {
        tokio::spawn(async move {
            let _attendance = attendance;
            loop {
                if fault::point("audit-log") {
                    return;
                }
                let has_more = self.go_on().await;
                if has_more {
                    continue;
                }
                self.pause().await;
            }
        })
    }

    /// Writes the next events, and returns whether there are more.
    async fn go_on(&mut self) -> bool {
        let all = EventFilter::default();
        let page = self.events.list_events(&all, self.position, BATCH_SIZE);
        let page = match page.await {
            Ok(page) => page,
            Err(error) => {
                self.fails("events cannot be read", &with_causes(&error));
                return false;
            }
        };
        let text = self.text_of(&page);
        if !text.is_empty() {
            self.write(text).await;
        }
        self.works();
        self.position = page.next;
        page.has_more
    }

    /// Returns the lines of a page, and before them what it lacks.
    fn text_of(&mut self, page: &EventPage) -> String {
        let mut text = String::new();
        let lacks = page.misses_some(self.position);
        let is_other = !page.is_known;
        let (special, is_told) = match is_other {
            true => (Special::OtherRecord, self.has_told_other_record),
            false => (Special::Gap, self.has_told_gap),
        };
        if lacks && !is_told {
            let id = match page.events.is_empty() {
                true => page.next,
                false => self.position,
            };
            text += &special.line(id, self.clock.now());
        }
        self.has_told_gap = lacks;
        self.has_told_other_record = is_other;
        for event in &page.events {
            text += &line::of(event, &self.prefix);
        }
        text
    }

    /// Writes lines, however long that takes: none is left out.
    async fn write(&mut self, text: String) {
        while let Err(error) = self.file.append(&text).await {
            self.fails("the file cannot be written", &error.to_string());
            self.pause().await;
        }
    }

    /// Waits a moment, or until the file is to be opened again.
    async fn pause(&mut self) {
        tokio::select! {
            () = sleep(PAUSE) => {}
            Ok(()) = self.hangups.changed() => self.reopen().await,
        }
    }

    /// Opens the file again: it may have been moved away.
    async fn reopen(&mut self) {
        match self.file.reopen().await {
            Ok(true) => {
                let begin = Special::Continued.line(self.position, self.clock.now());
                // If it fails, the next lines say so.
                let _ = self.file.append(&begin).await;
                tracing::info!("opened the audit log again");
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "cannot open the audit log again"),
        }
    }

    /// Logs once what fails.
    fn fails(&mut self, what: &'static str, cause: &str) {
        if self.failing != Some(what) {
            self.failing = Some(what);
            tracing::warn!(what, cause, "the audit log is written later");
        }
    }

    fn works(&mut self) {
        if self.failing.take().is_some() {
            tracing::info!("the audit log is written again");
        }
    }
}

#[cfg(test)]
mod tests;
