//! How requests went whose answer may never come.

use crate::{report::Checks, target::Target};
use std::{
    fmt,
    time::{Duration, Instant},
};
use tokio::time::timeout;
use xtask_harness::request::Request;

/// How a request went.
#[derive(Debug, Clone)]
pub(super) struct Timed {
    /// What it was answered, if it was.
    pub(super) status: Option<u16>,
    /// The body of the answer.
    pub(super) body: String,
    /// How long it took, or until it was given up.
    pub(super) took: Duration,
}

// === impl Timed ===

impl Timed {
    /// Sends a request and gives up after a time.
    pub(super) async fn send(target: &Target, request: &Request, patience: Duration) -> Self {
        let sent_at = Instant::now();
        let answered = timeout(patience, target.client().send(request)).await;
        let took = sent_at.elapsed();
        let (status, body) = match answered {
            Ok(Ok(answer)) => (Some(answer.status), answer.body),
            Ok(Err(_)) | Err(_) => (None, String::new()),
        };
        Self { status, body, took }
    }

    /// Returns whether it was answered so.
    pub(super) fn is(&self, status: u16) -> bool {
        self.status == Some(status)
    }

    /// Adds that it must have been answered so, within a limit.
    pub(super) fn check(&self, checks: &mut Checks, what: &str, status: u16, limit: Duration) {
        let is_right = self.is(status) && self.took <= limit;
        let right = format!("{status} within {:.0} s", limit.as_secs_f64());
        checks.must(what, self, right, is_right);
    }
}

impl fmt::Display for Timed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let took = self.took.as_secs_f64();
        match self.status {
            Some(status) => write!(formatter, "{status} after {took:.1} s"),
            None => write!(formatter, "no answer in {took:.1} s"),
        }
    }
}

/// Returns the status of an answer as it is shown.
pub(super) fn shown(status: Option<u16>) -> String {
    status.map_or_else(|| "no answer".to_owned(), |status| status.to_string())
}
