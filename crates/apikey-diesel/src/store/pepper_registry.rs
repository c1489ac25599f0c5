//! Implements the port of the peppers of a store.

use super::{connection::Connection, lock::Lock, peppers, ports::Store};
use apikey_domain::{
    access::authority::Authority,
    error::PortError,
    key::{
        digest::PepperId,
        pepper_order::{PepperJudgment, Proposal},
    },
    port::pepper_registry::{PepperRegistry, PepperUse},
    timestamp::Timestamp,
};
use async_trait::async_trait;

#[async_trait]
impl PepperRegistry for Store {
    async fn propose_peppers(
        &self,
        proposal: Proposal,
        at: Timestamp,
    ) -> Result<PepperJudgment, PortError> {
        let before = self.announcement.peppers();
        // A row that this node writes meanwhile has those that hold whatever comes of it.
        let both = before.as_ref().map(|before| {
            let known = before.iter().filter(|id| proposal.known().contains(id));
            known.copied().collect()
        });
        let after = proposal.known().to_vec();
        self.announcement
            .set_peppers(both.or_else(|| Some(after.clone())));
        let row = self.announcement.row();
        let judgment = self.writer.write(
            Authority::service(at),
            Lock::Alone,
            statement!(peppers::propose, row: row, proposal: &proposal, at: at),
        );
        let judgment = judgment.await;
        let is_settled = matches!(
            judgment,
            Ok(PepperJudgment::Newest(_) | PepperJudgment::Waits(_))
        );
        self.announcement
            .set_peppers(if is_settled { Some(after) } else { before });
        judgment
    }

    async fn newest_pepper(&self) -> Result<Option<PepperId>, PortError> {
        self.readers.lookup(statement!(peppers::newest_id,)).await
    }

    async fn outdated_digests(&self, newest: PepperId, most: u32) -> Result<u64, PortError> {
        self.readers
            .scan(statement!(peppers::outdated, newest: newest, most: most))
            .await
    }

    async fn peppers_in_use(&self, most: u32) -> Result<Vec<PepperId>, PortError> {
        self.readers
            .scan(statement!(peppers::in_use, most: most))
            .await
    }

    async fn peppers(&self) -> Result<Vec<PepperUse>, PortError> {
        self.readers.scan(statement!(peppers::all,)).await
    }
}
