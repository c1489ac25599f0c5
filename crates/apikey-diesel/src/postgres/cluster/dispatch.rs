//! Dispatches the events that were read.
//!
//! An event that is visible may not be final: one before it may still come. It is
//! applied to the cache at once, where the order does not matter, and published to
//! subscribers when it is final.

use super::client::{PAGE_SIZE, SnapshotPage};
use crate::unreadable_events::UnreadableEvents;
use apikey_domain::change::{Position, hub::ChangeHub, recorded::RecordedEvent};
use std::collections::BTreeSet;

/// Applies events to the cache and publishes them to subscribers, each once.
pub(crate) struct Dispatcher {
    hub: ChangeHub,
    unreadable: UnreadableEvents,
    /// Every event up to here has been published.
    cursor: Position,
    /// Numbers of the events after the cursor that the last page held: applied, but
    /// not published.
    applied_early: BTreeSet<i64>,
    /// Transactions of this node, which are already applied to the cache.
    own: BTreeSet<i64>,
}

/// The result of dispatching a page.
pub(super) struct Dispatched {
    /// Whether everything the snapshot holds has been applied.
    pub(super) is_complete: bool,
    /// Whether the page held a revocation of another node.
    pub(super) has_revocation: bool,
    /// Whether an event awaits publication because it is not final.
    pub(super) is_pending: bool,
}

// === impl Dispatcher ===

impl Dispatcher {
    /// Returns a dispatcher that continues after `cursor`, and resets `hub` to it.
    pub(crate) fn new(hub: ChangeHub, unreadable: UnreadableEvents, cursor: Position) -> Self {
        hub.reset_to(cursor);
        Self {
            hub,
            unreadable,
            cursor,
            applied_early: BTreeSet::new(),
            own: BTreeSet::new(),
        }
    }

    /// Returns the position after which to read.
    pub(super) fn cursor(&self) -> Position {
        self.cursor
    }

    /// Records that the changes of this transaction are applied to the cache.
    pub(super) fn record_own(&mut self, transaction: i64) {
        self.own.insert(transaction);
    }

    /// Restarts after `cursor`, because events may have been missed, and what was seen
    /// of the server may not be durable. Subscribers resume from the last event they
    /// received; everything cached is invalidated.
    pub(super) fn restart(&mut self, cursor: Position) {
        *self = Self::new(self.hub.clone(), self.unreadable.clone(), cursor);
        self.hub.invalidate_all();
    }

    /// Dispatches a page that was read after the cursor.
    pub(super) fn dispatch(&mut self, page: SnapshotPage) -> Dispatched {
        let is_full = page.events.len() == PAGE_SIZE;
        let mut has_revocation = false;
        for event in &page.events {
            if self.was_applied_early(event) {
                continue;
            }
            if let RecordedEvent::Unreadable(event) = event {
                self.unreadable.record(event);
            }
            if !self.own.contains(&event.transaction()) {
                self.apply(event);
                has_revocation |= event.is_revocation();
            }
        }
        let mut events = page.events;
        let pending = events.split_off(events.partition_point(|e| e.position() < page.head));
        let last = events.last().map(RecordedEvent::position);
        let is_stuck = is_full && last.is_none();
        self.cursor = last.unwrap_or(self.cursor);
        self.hub.publish(events);
        // Once is enough: a later subscription checks its rights when it begins.
        for event in pending
            .iter()
            .filter(|event| !self.was_applied_early(event))
        {
            if let Some(loss) = event.access_loss() {
                self.hub.end(loss);
            }
        }
        let numbers = pending.iter().map(|event| event.position().number);
        self.applied_early = numbers.collect();
        self.own = self.own.split_off(&page.snapshot.open_from);
        if !is_full {
            self.hub.advance(page.head);
        }
        if is_stuck {
            // A page of events none of which is final hides all events after it.
            self.hub.invalidate_all();
        }
        Dispatched {
            is_complete: !is_full || is_stuck,
            has_revocation: has_revocation || is_stuck,
            is_pending: !self.applied_early.is_empty(),
        }
    }

    /// Applies an event to the cache.
    fn apply(&self, event: &RecordedEvent) {
        match event {
            RecordedEvent::Readable(event) => self.hub.invalidate(&event.change),
            RecordedEvent::Unreadable(event) => self.hub.invalidate_unreadable(&event.change),
        }
    }

    /// Returns whether an earlier page held this event, when it was not final.
    fn was_applied_early(&self, event: &RecordedEvent) -> bool {
        self.applied_early.contains(&event.position().number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{
        change::{
            Change, KeyEvent,
            event::{Event, EventKind},
            invalidator::CacheInvalidator,
            recorded::{UnreadableChange, UnreadableEvent},
            snapshot::Snapshot,
        },
        identifier::{ApiKeyId, UserId},
        testing::fixture,
    };
    use std::sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    #[derive(Default)]
    struct CountingInvalidator {
        changes: AtomicUsize,
        everything: AtomicUsize,
        unreadable: Mutex<Vec<UnreadableChange>>,
    }

    impl CacheInvalidator for CountingInvalidator {
        fn invalidate(&self, _: &Change) {
            self.changes.fetch_add(1, Ordering::SeqCst);
        }

        fn invalidate_unreadable(&self, change: &UnreadableChange) {
            self.unreadable.lock().unwrap().push(*change);
        }

        fn invalidate_all(&self) {
            self.everything.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn deleted(number: i64) -> Event {
        let key = fixture::api_key(number, "ci");
        fixture::event(number, Change::Key(KeyEvent::Deleted(key)))
    }

    fn page(head: i64, numbers: impl IntoIterator<Item = i64>) -> SnapshotPage {
        let events = numbers.into_iter().map(deleted).map(RecordedEvent::from);
        SnapshotPage {
            snapshot_text: String::new(),
            snapshot: Snapshot::in_order(head),
            head: Position::before_horizon(head),
            floor: Position::START,
            events: events.collect(),
        }
    }

    fn start() -> (Dispatcher, Arc<CountingInvalidator>, ChangeHub) {
        let invalidator = Arc::new(CountingInvalidator::default());
        let hub = ChangeHub::new(10).invalidating(invalidator.clone());
        let unreadable = UnreadableEvents::default();
        let dispatcher = Dispatcher::new(hub.clone(), unreadable, Position::START);
        (dispatcher, invalidator, hub)
    }

    #[test]
    fn an_event_that_is_not_final_is_applied_at_once_and_published_once_later() {
        let (mut dispatcher, invalidator, hub) = start();
        let mut stream = hub.subscribe(fixture::interest(1)).unwrap();
        assert!(dispatcher.dispatch(page(2, [1, 3])).has_revocation);
        assert_eq!(invalidator.changes.load(Ordering::SeqCst), 2);
        assert_eq!(dispatcher.cursor(), fixture::position(1));
        assert!(!dispatcher.dispatch(page(2, [3])).has_revocation);
        assert_eq!(invalidator.changes.load(Ordering::SeqCst), 2);
        // The missing one arrives, and is published first.
        dispatcher.dispatch(page(5, [2, 3]));
        let published = std::iter::from_fn(|| stream.try_next().flatten());
        let published: Vec<_> = published.map(|change| change.event.key().id.0).collect();
        assert_eq!(published, [1, 2, 3]);
        assert_eq!(hub.reached(), fixture::position(3));
    }

    #[test]
    fn an_own_change_is_published_and_not_applied_again() {
        let (mut dispatcher, invalidator, hub) = start();
        let mut stream = hub.subscribe(fixture::interest(1)).unwrap();
        dispatcher.record_own(1);
        let dispatched = dispatcher.dispatch(page(2, [1]));
        assert!(dispatched.is_complete && !dispatched.has_revocation);
        assert_eq!(invalidator.changes.load(Ordering::SeqCst), 0);
        assert!(stream.try_next().flatten().is_some());
        assert!(dispatcher.own.is_empty());
    }

    #[test]
    fn a_full_page_is_not_complete() {
        let (mut dispatcher, invalidator, hub) = start();
        let full = PAGE_SIZE as i64;
        assert!(!dispatcher.dispatch(page(5_000, 1..=full)).is_complete);
        assert_eq!(dispatcher.cursor(), fixture::position(full));
        assert_eq!(hub.reached(), fixture::position(full));
        assert!(dispatcher.dispatch(page(5_000, [full + 1])).is_complete);
        assert_eq!(invalidator.everything.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn a_full_page_without_final_events_invalidates_everything() {
        let (mut dispatcher, invalidator, _) = start();
        for attempt in 1..3 {
            let dispatched = dispatcher.dispatch(page(1, 2..=PAGE_SIZE as i64 + 1));
            assert!(dispatched.is_complete && dispatched.has_revocation);
            assert_eq!(invalidator.everything.load(Ordering::SeqCst), attempt);
        }
    }

    fn unreadable(number: i64, change: UnreadableChange) -> RecordedEvent {
        RecordedEvent::Unreadable(UnreadableEvent {
            position: fixture::position(number),
            transaction: number,
            change,
            cause: "damaged".to_owned(),
        })
    }

    #[test]
    fn an_unreadable_event_does_not_affect_others() {
        let (mut dispatcher, invalidator, hub) = start();
        let mut stream = hub.subscribe(fixture::interest(1)).unwrap();
        let change = UnreadableChange {
            kind: EventKind::parse("api_key.deleted").ok(),
            api_key_id: Some(ApiKeyId(2)),
            user_id: Some(UserId(1)),
            principal_id: None,
        };
        let mut page = page(5, [1, 3]);
        page.events.insert(1, unreadable(2, change));
        assert!(dispatcher.dispatch(page).has_revocation);
        assert_eq!(dispatcher.cursor(), fixture::position(3));
        assert_eq!(*invalidator.unreadable.lock().unwrap(), [change]);
        assert_eq!(invalidator.everything.load(Ordering::SeqCst), 0);
        let published = std::iter::from_fn(|| stream.try_next().flatten());
        let published: Vec<_> = published.map(|change| change.event.key().id.0).collect();
        assert_eq!(published, [1, 3]);
        assert_eq!(dispatcher.unreadable.count(), 1);
    }

    #[test]
    fn an_unreadable_event_is_applied_once_before_it_is_final() {
        let (mut dispatcher, invalidator, hub) = start();
        let _stream = hub.subscribe(fixture::interest(1)).unwrap();
        let nothing = UnreadableChange::default();
        for attempt in 0..3 {
            let head = 2 + i64::from(attempt == 2);
            let mut page = page(head, []);
            page.events.push(unreadable(2, nothing));
            let dispatched = dispatcher.dispatch(page);
            assert_eq!(dispatched.has_revocation, attempt == 0);
            assert_eq!(dispatched.is_pending, attempt < 2);
            assert!(hub.is_empty());
        }
        assert_eq!(dispatcher.cursor(), fixture::position(2));
        assert_eq!(*invalidator.unreadable.lock().unwrap(), [nothing]);
        assert_eq!(dispatcher.unreadable.count(), 1);
    }
}
