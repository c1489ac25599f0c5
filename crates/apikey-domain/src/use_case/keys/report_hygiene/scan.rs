//! Looks through keys in an order, within bounds.

use super::finding::{Finding, ReportedKey};
use crate::{
    access::policy::ApiKeyFilter,
    error::PortError,
    key::{api_key::ApiKey, place::Place},
    listing::Order,
    port::api_key_repository::ApiKeyRepository,
    timestamp::Timestamp,
};

/// How many keys are asked for at once.
const BATCH: u32 = 100;
/// How often the store is asked at most: more often than keys of usual size need.
const READS: u32 = Finding::EXAMINED / BATCH + 5;

/// Looks through the keys that a filter admits.
pub(super) struct Scan<'a> {
    pub(super) keys: &'a dyn ApiKeyRepository,
    pub(super) filter: &'a ApiKeyFilter,
    pub(super) now: Timestamp,
}

/// What to do with a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It is one of those that are looked for.
    Take,
    /// It is not.
    Pass,
    /// It is not, and none after it is.
    End,
}

impl Step {
    pub(super) fn take_if(is_found: bool) -> Self {
        if is_found { Self::Take } else { Self::Pass }
    }
}

// === impl Scan ===

impl Scan<'_> {
    /// Looks through the keys after a place.
    pub(super) async fn find(
        &self,
        order: &Order,
        mut after: Option<Place>,
        mut step: impl FnMut(&ApiKey) -> Step + Send,
    ) -> Result<Finding, PortError> {
        let (mut finding, mut examined, mut reads) = (Finding::default(), 0, 0);
        loop {
            let place = after.as_ref();
            let batch = self.keys.list_after(self.filter, order, place, BATCH);
            let batch = batch.await?;
            let mut piece = batch.piece;
            loop {
                reads += 1;
                for key in &piece.items {
                    if examined == Finding::EXAMINED {
                        return Ok(finding);
                    }
                    examined += 1;
                    match step(key) {
                        Step::Take => finding.take(key, self.now),
                        Step::Pass => {}
                        Step::End => {
                            finding.is_complete = true;
                            return Ok(finding);
                        }
                    }
                }
                if piece.rest.is_empty() {
                    break;
                }
                if reads >= READS {
                    return Ok(finding);
                }
                piece = self.keys.keys(&piece.rest).await?;
            }
            after = batch.next;
            if after.is_none() || reads >= READS {
                finding.is_complete = after.is_none();
                return Ok(finding);
            }
        }
    }
}

impl Finding {
    fn take(&mut self, key: &ApiKey, now: Timestamp) {
        self.count += 1;
        if self.keys.len() < Self::LISTED {
            self.keys.push(ReportedKey::of(key, now));
        }
    }
}
