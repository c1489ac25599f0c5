//! What the in-memory store remembers of requests.

use super::Memory;
use apikey_domain::{
    access::{authority::Authority, policy::KeyReach},
    change::{Change, KeyEvent},
    error::PortError,
    idempotency::{Attempt, Remembered},
    key::api_key::NewApiKey,
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
            let rows = attempt.digests();
            let rows = rows.filter_map(|digest| state.remembered.get(digest).cloned());
            if let Some(repeat) = attempt.repeats(rows)? {
                let key = state.reachable_key(repeat.api_key_id, &reach);
                let api_key = key.map(|stored| stored.api_key.clone());
                return Ok(Once::Repeated { repeat, api_key });
            }
            let key = state.create_key(new)?;
            let row = attempt.remembered(key.id);
            state.remembered.insert(row.request, row);
            changed.push(Change::Key(KeyEvent::Created(key.clone())));
            Ok(Once::Made(key))
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
