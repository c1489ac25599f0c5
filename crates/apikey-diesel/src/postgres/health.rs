//! The health of a node: its store, and its feed of the other nodes' changes.

use super::cluster::ClusterFigures;
use apikey_domain::port::health::{FEED_LOSS_LIMIT, Fault, Health, Part, PartReport};
use async_trait::async_trait;
use std::sync::Arc;

/// The health of a node.
pub(crate) struct NodeHealth {
    pub(crate) store: Arc<dyn Health>,
    pub(crate) figures: Arc<ClusterFigures>,
}

#[async_trait]
impl Health for NodeHealth {
    async fn check(&self) -> Vec<PartReport> {
        let mut reports = self.store.check().await;
        reports.push(feed(&self.figures));
        reports
    }
}

/// Reports whether the coordination loop works. A tick is due every second.
fn feed(figures: &ClusterFigures) -> PartReport {
    if figures.last_tick.is_within(FEED_LOSS_LIMIT) {
        return PartReport::fine(Part::Feed);
    }
    let cause = format!("the changes of other nodes were not read for {FEED_LOSS_LIMIT:?}");
    PartReport::failed(Part::Feed, Fault::Failed, cause.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_without_a_tick_fails() {
        let figures = ClusterFigures::default();
        assert!(!feed(&figures).is_fine());
        figures.last_tick.note();
        assert!(feed(&figures).is_fine());
    }
}
