//! What happens in the in-memory store to keys that end by themselves.

use super::{Memory, state::State};
use apikey_domain::{
    access::authority::Authority,
    change::{
        Change, KeyEvent,
        ended::{EndedPlace, EndedStep, has_ended_before},
        notice::{ExpiryNotices, ExpiryPlace, KeyNotice, LastNotice, NoticeWindow},
    },
    error::PortError,
    key::api_key::ApiKey,
    port::endings::{Endings, NoticeStep},
    timestamp::Timestamp,
};
use async_trait::async_trait;

#[async_trait]
impl Endings for Memory {
    async fn has_notices(
        &self,
        notices: &ExpiryNotices,
        now: Timestamp,
    ) -> Result<bool, PortError> {
        let state = self.read();
        let windows = notices.windows(now);
        Ok(windows.iter().any(|window| {
            let start = state.start(window);
            start.is_none_or(|start| !state.next_to_expire(start, window, 1).is_empty())
        }))
    }

    async fn give_notices(
        &self,
        notices: &ExpiryNotices,
        now: Timestamp,
        most: u32,
    ) -> Result<NoticeStep, PortError> {
        self.write(Authority::service(now), |state, changed| {
            for window in notices.windows(now) {
                let found = match state.start(&window) {
                    Some(start) => state.next_to_expire(start, &window, most as usize),
                    None => Vec::new(),
                };
                let Some(last) = found.last().and_then(ExpiryPlace::of) else {
                    state.noticed_up_to.insert(window.notice, window.end());
                    continue;
                };
                state.noticed_up_to.insert(window.notice, last);
                for key in found {
                    state.give_notice(notices, now, &window, key, changed);
                }
                let given = u32::try_from(changed.len()).unwrap_or(u32::MAX);
                let has_more = true;
                return Ok(NoticeStep { given, has_more });
            }
            Ok(NoticeStep {
                given: 0,
                has_more: false,
            })
        })
    }

    async fn delete_ended(
        &self,
        before: Timestamp,
        after: EndedPlace,
        now: Timestamp,
        most: u32,
    ) -> Result<EndedStep, PortError> {
        self.write(Authority::service(now), |state, changed| {
            let keys = state.keys.values().map(|stored| &stored.api_key);
            let ended = keys.filter(|key| has_ended_before(key, before));
            let places = ended.filter_map(EndedPlace::of);
            let mut places: Vec<_> = places.filter(|place| *place > after).collect();
            places.sort();
            places.truncate(most as usize);
            for place in &places {
                let deleted = state.keys.remove(&place.id);
                let deleted = deleted.map(|stored| KeyEvent::Deleted(stored.api_key));
                changed.extend(deleted.map(Change::Key));
            }
            Ok(EndedStep {
                deleted: u32::try_from(places.len()).unwrap_or(u32::MAX),
                next: places.last().copied(),
            })
        })
    }
}

impl State {
    fn start(&self, window: &NoticeWindow) -> Option<ExpiryPlace> {
        window.start(self.noticed_up_to.get(&window.notice).copied())
    }

    /// Returns the first keys after a place that expire by the end of the window.
    fn next_to_expire(
        &self,
        start: ExpiryPlace,
        window: &NoticeWindow,
        most: usize,
    ) -> Vec<ApiKey> {
        let keys = self.keys.values().map(|stored| &stored.api_key);
        let placed = keys.filter_map(|key| Some((ExpiryPlace::of(key)?, key)));
        let mut found: Vec<_> = placed
            .filter(|(place, _)| start < *place && *place <= window.end())
            .collect();
        found.sort_by_key(|(place, _)| *place);
        let found = found.into_iter().take(most);
        found.map(|(_, key)| key.clone()).collect()
    }

    fn give_notice(
        &mut self,
        notices: &ExpiryNotices,
        now: Timestamp,
        window: &NoticeWindow,
        key: ApiKey,
        changed: &mut Vec<Change>,
    ) {
        let notice = window.notice;
        let last = self.notices.get(&key.id).copied();
        if notices.due(&key, last, now) != Some(notice) {
            return;
        }
        if let Some(ExpiryPlace { expires_at, id }) = ExpiryPlace::of(&key) {
            self.notices.insert(id, LastNotice { notice, expires_at });
        }
        changed.push(Change::Notice(KeyNotice { notice, key }));
    }
}
