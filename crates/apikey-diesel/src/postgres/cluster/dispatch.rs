//! What is done with events that were read.
//!
//! An event that is visible may not be final: one before it may still come. What
//! is remembered of keys hears of it at once, because there the order does not
//! matter; subscribers hear of it when it is final.

use super::client::{PAGE, Reading};
use apikey_domain::change::{Position, event::Event, hub::ChangeHub};
use std::collections::BTreeSet;

/// Hands events on, each once.
pub(super) struct Dispatcher {
    hub: ChangeHub,
    /// Every event up to here has been published.
    cursor: Position,
    /// Numbers of events behind it that the memory has heard of.
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
    /// Goes on behind `cursor`.
    pub(super) fn new(hub: ChangeHub, cursor: Position) -> Self {
        hub.begin_behind(cursor);
        Self {
            hub,
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
        *self = Self::new(self.hub.clone(), cursor);
        self.distrust();
    }

    /// Nothing remembered is to be relied on.
    fn distrust(&self) {
        self.hub.lost_track();
    }

    /// Hands on a page that was read behind the cursor.
    pub(super) fn deliver(&mut self, reading: Reading) -> Delivered {
        let is_full = reading.count == PAGE;
        if reading.unreadable.is_some() {
            // Nobody knows what it did.
            self.hub.end_all();
        }
        let mut has_revocation = false;
        for event in &reading.events {
            if self.is_news(event) {
                self.hub.committed(&event.change);
                has_revocation |= event.change.takes_rights_away();
            }
        }
        let mut events = reading.events;
        let pending = events.split_off(events.partition_point(|e| e.position < reading.head));
        let unreadable = reading
            .unreadable
            .filter(|position| *position < reading.head);
        let last = events.last().map(|event| event.position).max(unreadable);
        let is_stuck = is_full && last.is_none();
        self.cursor = last.unwrap_or(self.cursor);
        self.hub.publish(events);
        // Once is enough: who subscribes later is looked at again.
        let new = |event: &&Event| !self.ahead.contains(&event.position.number);
        for event in pending.iter().filter(new) {
            if let Some(loss) = event.change.access_loss() {
                self.hub.end(loss);
            }
        }
        self.ahead = pending.iter().map(|event| event.position.number).collect();
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
            has_revocation: has_revocation || is_stuck || reading.unreadable.is_some(),
            is_pending: !self.ahead.is_empty(),
        }
    }

    /// Whether the memory has not heard of this event.
    fn is_news(&self, event: &Event) -> bool {
        !self.ahead.contains(&event.position.number) && !self.own.contains(&event.transaction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{
        change::{Change, KeyEvent, observer::ChangeObserver, snapshot::Snapshot},
        testing::fixture,
    };
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    #[derive(Default)]
    struct Count {
        committed: AtomicUsize,
        lost: AtomicUsize,
    }

    impl ChangeObserver for Count {
        fn committed(&self, _: &Change) {
            self.committed.fetch_add(1, Ordering::SeqCst);
        }

        fn lost_track(&self) {
            self.lost.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn deleted(number: i64) -> Event {
        let key = fixture::api_key(number, "ci");
        fixture::event(number, Change::Key(KeyEvent::Deleted(key)))
    }

    fn reading(head: i64, numbers: impl IntoIterator<Item = i64>) -> Reading {
        let events: Vec<_> = numbers.into_iter().map(deleted).collect();
        Reading {
            seen: String::new(),
            snapshot: Snapshot::in_order(head),
            head: Position::before_horizon(head),
            floor: Position::START,
            count: events.len(),
            events,
            unreadable: None,
        }
    }

    fn begun() -> (Dispatcher, Arc<Count>, ChangeHub) {
        let count = Arc::new(Count::default());
        let hub = ChangeHub::new(10).observed_by(count.clone());
        (Dispatcher::new(hub.clone(), Position::START), count, hub)
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

    #[test]
    fn an_event_that_cannot_be_read_stops_no_other() {
        let (mut delivery, count, hub) = begun();
        let _stream = hub.subscribe(fixture::interest(1)).unwrap();
        let unreadable = Some(fixture::position(3));
        let delivered = delivery.deliver(Reading {
            unreadable,
            ..reading(5, [1, 2])
        });
        assert!(delivered.has_revocation && hub.is_empty());
        assert_eq!(count.lost.load(Ordering::SeqCst), 1);
        assert_eq!(delivery.cursor(), fixture::position(3));
    }
}
