//! What the in-memory store remembers of requests.

use super::{Memory, state::State};
use apikey_domain::{
    access::{authority::Authority, policy::KeyReach},
    error::PortError,
    idempotency::{Attempt, Remembered, Repeat},
    identifier::ApiKeyId,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
    },
    port::idempotency_log::{IdempotencyLog, Once},
    timestamp::Timestamp,
};
use async_trait::async_trait;

#[async_trait]
impl IdempotencyLog for Memory {
    async fn create_once(
        &self,
        by: Authority,
        new: NewApiKey,
        reach: KeyReach,
        attempt: Attempt,
    ) -> Result<Once, PortError> {
        self.write(by, |state, changed| {
            if let Some((repeat, api_key)) = state.repeated(&attempt, &reach)? {
                return Ok(Once::Repeated { repeat, api_key });
            }
            let key = state.create_key(new, changed)?;
            let row = attempt.remembered(key.id);
            state.remembered.insert(row.request, row);
            Ok(Once::Made(key))
        })
    }

    async fn change_once(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
        changes: ApiKeyChanges,
        attempt: Attempt,
    ) -> Result<Option<Once>, PortError> {
        let at = by.at();
        self.write(by, |state, changed| {
            if let Some((repeat, api_key)) = state.repeated(&attempt, &reach)? {
                return Ok(Some(Once::Repeated { repeat, api_key }));
            }
            let Some(key) = state.update_key((id, &reach), &changes, at, changed)? else {
                return Ok(None);
            };
            let row = attempt.remembered(id);
            state.remembered.insert(row.request, row);
            Ok(Some(Once::Made(key)))
        })
    }

    async fn forget(&self, now: Timestamp, most: u32) -> Result<u64, PortError> {
        let mut state = self.read();
        let (kept, open) = (Remembered::kept_at(now), Remembered::open_at(now));
        let most = most as usize;
        let rows = state.remembered.values_mut();
        let over = rows.filter(|row| {
            let sealed = row.sealed.as_ref();
            sealed.is_some_and(|sealed| !open.contains(sealed.until()))
        });
        let wiped = over.take(most).map(|row| row.sealed = None).count();
        let rows = state.remembered.values();
        let old = rows.filter(|row| !kept.contains(row.created_at));
        let old: Vec<_> = old.take(most).map(|row| row.request).collect();
        for request in &old {
            state.remembered.remove(request);
        }
        Ok((wiped + old.len()) as u64)
    }
}

impl State {
    /// Returns what a request made when it was sent before, and the key as it is now.
    fn repeated(
        &mut self,
        attempt: &Attempt,
        reach: &KeyReach,
    ) -> Result<Option<(Repeat, Option<ApiKey>)>, PortError> {
        let rows = attempt.digests();
        let rows = rows.filter_map(|digest| self.remembered.get(digest).cloned());
        let repeat = attempt.repeats(rows)?;
        Ok(repeat.map(|repeat| {
            let key = self.reachable_key(repeat.api_key_id, reach);
            let api_key = key.map(|stored| stored.api_key.clone());
            (repeat, api_key)
        }))
    }
}
