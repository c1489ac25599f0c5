//! The events of the in-memory store.

use super::Memory;
use apikey_domain::{
    access::policy::ApiKeyFilter,
    change::{
        Change, Position, Transition,
        cutoff::{Cutoff, Pruned},
        event::{Event, EventFilter, EventPage},
        retention::RecordState,
        snapshot::{KeySnapshot, UserSnapshot},
    },
    error::PortError,
    identifier::UserId,
    identity::user_list::UserFilter,
    key::creation::Creation,
    listing::{Listed, Piece, cut},
    port::event_log::EventLog,
};
use async_trait::async_trait;
use std::collections::BTreeSet;

#[async_trait]
impl EventLog for Memory {
    async fn list_events(
        &self,
        filter: &EventFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError> {
        Ok(self.page(|event| filter.admits(event), after, limit))
    }

    async fn list_key_events(
        &self,
        filter: &ApiKeyFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError> {
        let is_shown = |event: &Event| match &event.change {
            Change::Key(key) => filter.concerns(key),
            _ => false,
        };
        Ok(self.page(is_shown, after, limit))
    }

    async fn snapshot_after(
        &self,
        filter: &ApiKeyFilter,
        after: Creation,
        limit: u32,
    ) -> Result<KeySnapshot, PortError> {
        let state = self.read();
        let keys = state.keys.values().map(|stored| &stored.api_key);
        let shown = keys.filter(|key| Creation::of(key) > after && filter.admits(key));
        let mut shown: Vec<_> = shown.cloned().collect();
        shown.sort_by_key(Creation::of);
        shown.truncate(limit as usize);
        let is_full = shown.len() == limit as usize;
        let Piece { items, rest } = Piece::of(shown);
        Ok(KeySnapshot {
            snapshot: state.snapshot(),
            keys: items,
            has_more: is_full || !rest.is_empty(),
        })
    }

    async fn list_user_events(
        &self,
        filter: &UserFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError> {
        let is_shown = |event: &Event| match &event.change {
            Change::User(user) => filter.concerns(user),
            _ => false,
        };
        Ok(self.page(is_shown, after, limit))
    }

    async fn user_snapshot_after(
        &self,
        filter: &UserFilter,
        after: UserId,
        limit: u32,
    ) -> Result<UserSnapshot, PortError> {
        let state = self.read();
        let users = state.users.values().map(|stored| &stored.user);
        let shown = users.filter(|user| user.id > after && filter.admits(user));
        let mut shown: Vec<_> = shown.cloned().collect();
        shown.sort_by_key(|user| user.id);
        shown.truncate(limit as usize);
        let is_full = shown.len() == limit as usize;
        let Piece { items, rest } = Piece::of(shown);
        Ok(UserSnapshot {
            snapshot: state.snapshot(),
            users: items,
            has_more: is_full || !rest.is_empty(),
        })
    }

    async fn record_state(&self) -> Result<RecordState, PortError> {
        let state = self.read();
        let last = state.events.iter().rev().take(RecordState::LATEST);
        let latest = last.filter(|event| !event.change.is_notice());
        Ok(RecordState {
            latest: latest.map(|event| event.attribution.at).collect(),
            store_clock: None,
            events: state.events.len() as u64,
        })
    }

    async fn prune_events(
        &self,
        cutoff: Cutoff,
        after: Position,
        limit: u32,
    ) -> Result<Pruned, PortError> {
        let mut state = self.read();
        let later = state.events.iter().filter(|event| event.position > after);
        let part = cutoff.old_part(later.clone().map(|event| event.attribution.at));
        let old = later
            .take(part.length)
            .filter(|event| cutoff.is_old(event.attribution.at));
        let positions = old.take(limit as usize).map(|event| event.position);
        let positions: BTreeSet<_> = positions.collect();
        if let Some(last) = positions.last() {
            state.floor = state.floor.max(*last);
        }
        state
            .events
            .retain(|event| !positions.contains(&event.position));
        Ok(Pruned {
            events: positions.len() as u64,
            next: (positions.len() == limit as usize).then_some(after),
        })
    }
}

impl Memory {
    fn page(&self, is_shown: impl Fn(&Event) -> bool, after: Position, limit: u32) -> EventPage {
        let state = self.read();
        let later = state.events.iter().filter(|event| event.position > after);
        let mut shown = later.filter(|event| is_shown(event)).cloned();
        let events: Vec<_> = shown.by_ref().take(limit as usize).collect();
        let (events, rest) = cut(events, text_bytes);
        EventPage {
            has_more: shown.next().is_some() || !rest.is_empty(),
            examined: u32::try_from(events.len()).unwrap_or(u32::MAX),
            next: match (events.last(), state.events.last()) {
                (Some(shown), _) => shown.position,
                (None, Some(last)) if after > state.head() => last.position.max(state.floor),
                _ => after.max(state.floor).min(state.head()),
            },
            events,
            is_known: after <= state.floor
                || state.events.iter().any(|event| event.position == after),
            floor: state.floor,
            head: state.head(),
        }
    }
}

/// Returns how many bytes the texts of an event have; those of users and members
/// count as none, because they are short.
fn text_bytes(event: &Event) -> usize {
    match &event.change {
        Change::Key(key) => sides(key),
        Change::Organization(organization) => sides(organization),
        Change::Notice(notice) => notice.key.text_bytes(),
        Change::User(_) | Change::Password(_) | Change::Member(_) => 0,
    }
}

fn sides<T: Listed>(transition: &Transition<T>) -> usize {
    let sides = [transition.before(), transition.after()];
    sides.into_iter().flatten().map(T::text_bytes).sum()
}
