//! What stands for the ports that an embedder leaves out.

use crate::{
    access::policy::ApiKeyFilter,
    change::{
        Position,
        cutoff::{Cutoff, Pruned},
        event::{EventFilter, EventPage},
        hub::{Interest, Subscription},
        retention::RecordState,
    },
    error::PortError,
    identifier::ApiKeyId,
    port::{change_feed::ChangeFeed, event_log::EventLog, usage_recorder::UsageRecorder},
    timestamp::Timestamp,
};
use async_trait::async_trait;

/// Records nothing, and is unavailable to those who ask.
pub(super) struct LeftOut;

impl UsageRecorder for LeftOut {
    fn record(&self, _: ApiKeyId, _: Timestamp) {}
}

#[async_trait]
impl ChangeFeed for LeftOut {
    async fn subscribe(&self, _: Interest) -> Result<Subscription, PortError> {
        Err(PortError::Unavailable("no change feed was given".into()))
    }
}

#[async_trait]
impl EventLog for LeftOut {
    async fn list_events(
        &self,
        _: &EventFilter,
        _: Position,
        _: u32,
    ) -> Result<EventPage, PortError> {
        Err(no_event_log())
    }

    async fn list_key_events(
        &self,
        _: &ApiKeyFilter,
        _: Position,
        _: u32,
    ) -> Result<EventPage, PortError> {
        Err(no_event_log())
    }

    async fn record_state(&self) -> Result<RecordState, PortError> {
        Err(no_event_log())
    }

    async fn prune_events(&self, _: Cutoff, _: Position, _: u32) -> Result<Pruned, PortError> {
        Err(no_event_log())
    }
}

fn no_event_log() -> PortError {
    PortError::Unavailable("no event log was given".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;
    use futures_executor::block_on;

    #[test]
    fn what_was_left_out_says_so() {
        let watch = block_on(LeftOut.subscribe(fixture::interest(1))).err();
        let page = block_on(LeftOut.list_events(&EventFilter::default(), Position::START, 1));
        let texts = [watch, page.err()].map(|error| format!("{:?}", error.unwrap()));
        assert!(
            texts[0].contains("no change feed was given"),
            "{}",
            texts[0]
        );
        assert!(texts[1].contains("no event log was given"), "{}", texts[1]);
        LeftOut.record(ApiKeyId(1), fixture::instant());
    }
}
