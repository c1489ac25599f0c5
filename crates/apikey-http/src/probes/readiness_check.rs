//! The check of readiness, and what the log says of it.

use apikey_domain::{
    error::with_causes,
    port::{
        health::{Health, Part, PartReport},
        lease::Lease,
    },
    use_case::operation::check_readiness::{Readiness, check_readiness},
};
use std::sync::{Arc, Mutex, PoisonError};

/// The check of whether requests may be sent here. Clones share one state.
///
/// A part that fails, and one that is fine again, is logged once, and not with each
/// probe: anybody may probe as often as they like.
///
/// # Example
///
/// ```
/// use apikey_http::ReadinessCheck;
///
/// let app = apikey_testing::TestApp::new();
/// let _check = ReadinessCheck::new(app.memory);
/// ```
#[derive(Clone)]
pub struct ReadinessCheck {
    health: Arc<dyn Health>,
    failing: Arc<Mutex<Vec<Part>>>,
}

// === impl ReadinessCheck ===

impl ReadinessCheck {
    /// Returns the check of a store, of which nothing is known to fail.
    pub fn new(health: Arc<dyn Health>) -> Self {
        Self {
            health,
            failing: Arc::default(),
        }
    }

    /// Checks every part, and logs those that changed.
    pub(super) async fn run(&self, lease: &dyn Lease) -> (Readiness, Vec<PartReport>) {
        let (readiness, reports) = check_readiness(&*self.health, lease).await;
        for report in &reports {
            self.note(report);
        }
        (readiness, reports)
    }

    fn note(&self, report: &PartReport) {
        let part = report.part;
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        match (&report.failure, failing.contains(&part)) {
            (Some((_, cause)), false) => {
                failing.push(part);
                let cause = with_causes(&**cause);
                tracing::warn!(%part, cause, "not ready");
            }
            (None, true) => {
                failing.retain(|failing| *failing != part);
                tracing::info!(%part, "ready again");
            }
            (Some(_), true) | (None, false) => {}
        }
    }
}
