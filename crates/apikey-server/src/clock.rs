//! Whether the clock can be right.

use apikey_domain::port::{
    clock::{Clock, judging_now},
    health::{Fault, Health, Part, PartReport},
};
use async_trait::async_trait;
use std::sync::Arc;

/// Reports, beside the parts of the store, whether the clock can be right.
pub struct ClockHealth {
    /// The health of the store.
    pub store: Arc<dyn Health>,
    /// The clock by which keys are judged.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Health for ClockHealth {
    async fn check(&self) -> Vec<PartReport> {
        let mut reports = self.store.check().await;
        reports.push(match judging_now(&*self.clock) {
            Ok(_) => PartReport::fine(Part::Clock),
            Err(error) => PartReport::failed(Part::Clock, Fault::Failed, error.into()),
        });
        reports
    }
}
