//! Which peppers compute the digests of the in-memory store.

use super::{Memory, state::State};
use apikey_domain::{
    error::PortError,
    key::{
        digest::PepperId,
        pepper_order::{NewestPepper, PepperJudgment, Proposal},
    },
    port::pepper_registry::{PepperRegistry, PepperUse},
    timestamp::Timestamp,
};
use async_trait::async_trait;
use std::collections::BTreeMap;

#[async_trait]
impl PepperRegistry for Memory {
    async fn propose_peppers(
        &self,
        proposal: Proposal,
        at: Timestamp,
    ) -> Result<PepperJudgment, PortError> {
        let mut state = self.read();
        loop {
            let newest = state.newest_pepper().map(|id| NewestPepper {
                id,
                has_digests: state.digests_by_pepper().contains_key(&id),
            });
            let first = proposal.first();
            let is_registered = state.peppers.iter().any(|(id, _)| *id == first);
            match proposal.judge(newest, is_registered, &[]) {
                PepperJudgment::Register => state.peppers.push((first, at)),
                PepperJudgment::ForgetNewest => drop(state.peppers.pop()),
                judgment => return Ok(judgment),
            }
        }
    }

    async fn newest_pepper(&self) -> Result<Option<PepperId>, PortError> {
        Ok(self.read().newest_pepper())
    }

    async fn outdated_digests(&self, newest: PepperId, most: u32) -> Result<u64, PortError> {
        let digests = self.read().digests_by_pepper();
        let outdated = digests.iter().filter(|(id, _)| **id != newest);
        let outdated: u64 = outdated.map(|(_, digests)| digests).sum();
        Ok(outdated.min(u64::from(most)))
    }

    async fn peppers_in_use(&self, most: u32) -> Result<Vec<PepperId>, PortError> {
        let digests = self.read().digests_by_pepper();
        Ok(digests.into_keys().take(most as usize).collect())
    }

    async fn peppers(&self) -> Result<Vec<PepperUse>, PortError> {
        let state = self.read();
        let mut digests = state.digests_by_pepper();
        let registered = state.peppers.iter().rev();
        let mut all: Vec<_> = registered
            .map(|(id, at)| PepperUse {
                id: *id,
                registered_at: Some(*at),
                digests: digests.remove(id).unwrap_or_default(),
            })
            .collect();
        all.extend(digests.into_iter().map(|(id, digests)| PepperUse {
            id,
            registered_at: None,
            digests,
        }));
        Ok(all)
    }
}

impl State {
    pub(super) fn newest_pepper(&self) -> Option<PepperId> {
        self.peppers.last().map(|(id, _)| *id)
    }

    fn digests_by_pepper(&self) -> BTreeMap<PepperId, u64> {
        let mut counts = BTreeMap::new();
        for key in self.keys.values() {
            for digest in key.secret_digests.values().filter_map(|one| one.keyed()) {
                *counts.entry(digest.pepper_id()).or_default() += 1;
            }
        }
        counts
    }
}
