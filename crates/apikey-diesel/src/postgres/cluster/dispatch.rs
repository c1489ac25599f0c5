//! What is done with events that were read.
//!
//! An event that is visible may not be final: one before it may still come. What
//! is remembered of keys hears of it at once, because there the order does not
//! matter; subscribers hear of it when it is final.

use super::client::{PAGE, Reading};
use crate::unreadable_events::UnreadableEvents;
use apikey_domain::change::{Position, hub::ChangeHub, recorded::RecordedEvent};
use std::collections::BTreeSet;

/// Hands events on, each once.
pub(crate) struct Dispatcher {
    hub: ChangeHub,
    unreadable: UnreadableEvents,
    /// Every event up to here has been published.
    cursor: Position,
    /// Numbers of events behind it that were in the last page.
    ahead: BTreeSet<i64>,
    /// Transactions of this node, which the memory has heard of.
    own: BTreeSet<i64>,
}

/// What a page came to.
pub(super) struct Delivered {
    /// Whether everything the snapshot holds has been applied.
    pub(super) is_all: bool,
    /// Whether another node took a right away.
    pub(super) has_revocation: bool,
    /// Whether subscribers wait for an event that is not final.
    pub(super) is_pending: bool,
}

// === impl Dispatcher ===

impl Dispatcher {
    /// Goes on behind `cursor`. `hub` knows where that is when this returns.
    pub(crate) fn new(hub: ChangeHub, unreadable: UnreadableEvents, cursor: Position) -> Self {
        hub.reset_to(cursor);
        Self {
            hub,
            unreadable,
            cursor,
            ahead: BTreeSet::new(),
            own: BTreeSet::new(),
        }
    }

    /// Behind which to read.
    pub(super) fn cursor(&self) -> Position {
        self.cursor
    }

    /// Notes that the memory has heard of what this transaction did.
    pub(super) fn note_own(&mut self, transaction: i64) {
        self.own.insert(transaction);
    }

    /// Events may have been missed, and what was seen of the server may not be
    /// durable: who listens goes on from the last event they were told, and nothing
    /// remembered is relied on.
    pub(super) fn begin_anew(&mut self, cursor: Position) {
        *self = Self::new(self.hub.clone(), self.unreadable.clone(), cursor);
        self.distrust();
    }

    /// Nothing remembered is to be relied on.
    fn distrust(&self) {
        self.hub.invalidate_all();
    }

    /// Hands on a page that was read behind the cursor.
    pub(super) fn deliver(&mut self, reading: Reading) -> Delivered {
        let is_full = reading.events.len() == PAGE;
        let mut has_revocation = false;
        for event in &reading.events {
            if self.is_ahead(event) {
                continue;
            }
            if let RecordedEvent::Unreadable(event) = event {
                self.unreadable.note(event);
            }
            if !self.own.contains(&event.transaction()) {
                self.apply(event);
                has_revocation |= event.is_revocation();
            }
        }
        let mut events = reading.events;
        let pending = events.split_off(events.partition_point(|e| e.position() < reading.head));
        let last = events.last().map(RecordedEvent::position);
        let is_stuck = is_full && last.is_none();
        self.cursor = last.unwrap_or(self.cursor);
        self.hub.publish(events);
        // Once is enough: who subscribes later is looked at again.
        for event in pending.iter().filter(|event| !self.is_ahead(event)) {
            if let Some(loss) = event.access_loss() {
                self.hub.end(loss);
            }
        }
        let numbers = pending.iter().map(|event| event.position().number);
        self.ahead = numbers.collect();
        self.own = self.own.split_off(&reading.snapshot.open_from);
        if !is_full {
            self.hub.advance(reading.head);
        }
        if is_stuck {
            // A page of events that are not final hides what else there is.
            self.distrust();
        }
        Delivered {
            is_all: !is_full || is_stuck,
            has_revocation: has_revocation || is_stuck,
            is_pending: !self.ahead.is_empty(),
        }
    }

    /// Lets the memory hear of an event.
    fn apply(&self, event: &RecordedEvent) {
        match event {
            RecordedEvent::Readable(event) => self.hub.invalidate(&event.change),
            RecordedEvent::Unreadable(event) => self.hub.unreadable(&event.change),
        }
    }

    /// Whether an earlier page has had this event, when it was not final.
    fn is_ahead(&self, event: &RecordedEvent) -> bool {
        self.ahead.contains(&event.position().number)
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
    struct Count {
        committed: AtomicUsize,
        lost: AtomicUsize,
        unreadable: Mutex<Vec<UnreadableChange>>,
    }

    impl CacheInvalidator for Count {
        fn invalidate(&self, _: &Change) {
            self.committed.fetch_add(1, Ordering::SeqCst);
        }

        fn unreadable(&self, change: &UnreadableChange) {
            self.unreadable.lock().unwrap().push(*change);
        }

        fn invalidate_all(&self) {
            self.lost.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn deleted(number: i64) -> Event {
        let key = fixture::api_key(number, "ci");
        fixture::event(number, Change::Key(KeyEvent::Deleted(key)))
    }

    fn reading(head: i64, numbers: impl IntoIterator<Item = i64>) -> Reading {
        let events = numbers.into_iter().map(deleted).map(RecordedEvent::from);
        Reading {
            seen: String::new(),
            snapshot: Snapshot::in_order(head),
            head: Position::before_horizon(head),
            floor: Position::START,
            events: events.collect(),
        }
    }

    fn begun() -> (Dispatcher, Arc<Count>, ChangeHub) {
        let count = Arc::new(Count::default());
        let hub = ChangeHub::new(10).invalidating(count.clone());
        let unreadable = UnreadableEvents::default();
        let delivery = Dispatcher::new(hub.clone(), unreadable, Position::START);
        (delivery, count, hub)
    }

    #[test]
    fn an_event_that_is_not_final_is_applied_at_once_and_told_later_once() {
        let (mut delivery, count, hub) = begun();
        let mut stream = hub.subscribe(fixture::interest(1)).unwrap();
        assert!(delivery.deliver(reading(2, [1, 3])).has_revocation);
        assert_eq!(count.committed.load(Ordering::SeqCst), 2);
        assert_eq!(delivery.cursor(), fixture::position(1));
        assert!(!delivery.deliver(reading(2, [3])).has_revocation);
        assert_eq!(count.committed.load(Ordering::SeqCst), 2);
        // The one that was missing comes, and goes first.
        delivery.deliver(reading(5, [2, 3]));
        let told = std::iter::from_fn(|| stream.try_next().flatten());
        let told: Vec<_> = told.map(|change| change.event.key().id.0).collect();
        assert_eq!(told, [1, 2, 3]);
        assert_eq!(hub.reached(), fixture::position(3));
    }

    #[test]
    fn what_this_node_did_is_told_and_not_applied_again() {
        let (mut delivery, count, hub) = begun();
        let mut stream = hub.subscribe(fixture::interest(1)).unwrap();
        delivery.note_own(1);
        let delivered = delivery.deliver(reading(2, [1]));
        assert!(delivered.is_all && !delivered.has_revocation);
        assert_eq!(count.committed.load(Ordering::SeqCst), 0);
        assert!(stream.try_next().flatten().is_some());
        assert!(delivery.own.is_empty());
    }

    #[test]
    fn a_full_page_is_not_all_there_is() {
        let (mut delivery, count, hub) = begun();
        let page = PAGE as i64;
        assert!(!delivery.deliver(reading(5_000, 1..=page)).is_all);
        assert_eq!(delivery.cursor(), fixture::position(page));
        assert_eq!(hub.reached(), fixture::position(page));
        assert!(delivery.deliver(reading(5_000, [page + 1])).is_all);
        assert_eq!(count.lost.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn a_full_page_of_which_nothing_is_final_is_distrusted() {
        let (mut delivery, count, _) = begun();
        for round in 1..3 {
            let delivered = delivery.deliver(reading(1, 2..=PAGE as i64 + 1));
            assert!(delivered.is_all && delivered.has_revocation);
            assert_eq!(count.lost.load(Ordering::SeqCst), round);
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
    fn an_event_that_cannot_be_read_stops_no_other() {
        let (mut delivery, count, hub) = begun();
        let mut stream = hub.subscribe(fixture::interest(1)).unwrap();
        let change = UnreadableChange {
            kind: EventKind::parse("api_key.deleted").ok(),
            api_key_id: Some(ApiKeyId(2)),
            user_id: Some(UserId(1)),
            principal_id: None,
        };
        let mut page = reading(5, [1, 3]);
        page.events.insert(1, unreadable(2, change));
        assert!(delivery.deliver(page).has_revocation);
        assert_eq!(delivery.cursor(), fixture::position(3));
        assert_eq!(*count.unreadable.lock().unwrap(), [change]);
        assert_eq!(count.lost.load(Ordering::SeqCst), 0);
        let told = std::iter::from_fn(|| stream.try_next().flatten());
        let told: Vec<_> = told.map(|change| change.event.key().id.0).collect();
        assert_eq!(told, [1, 3]);
        assert_eq!(delivery.unreadable.count(), 1);
    }

    #[test]
    fn an_unreadable_event_is_applied_once_before_it_is_final() {
        let (mut delivery, count, hub) = begun();
        let _stream = hub.subscribe(fixture::interest(1)).unwrap();
        let nothing = UnreadableChange::default();
        for round in 0..3 {
            let head = 2 + i64::from(round == 2);
            let mut page = reading(head, []);
            page.events.push(unreadable(2, nothing));
            let delivered = delivery.deliver(page);
            assert_eq!(delivered.has_revocation, round == 0);
            assert_eq!(delivered.is_pending, round < 2);
            assert!(hub.is_empty());
        }
        assert_eq!(delivery.cursor(), fixture::position(2));
        assert_eq!(*count.unreadable.lock().unwrap(), [nothing]);
        assert_eq!(delivery.unreadable.count(), 1);
    }
}
