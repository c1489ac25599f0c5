//! Watching: what there is, then its changes.

mod batches;
mod message;
mod progress;
mod source;

use crate::{
    change::{Committed, Position, hub::Subscription},
    error::Error,
    key::expiry::Expiry,
};
use batches::Batches;
pub use message::{Since, WatchMessage};
pub use source::{Existing, WatchSource};
use std::{collections::VecDeque, sync::Arc};

/// A watch in progress.
///
/// The subscription starts before the first entry is read, and each batch of entries
/// comes with the snapshot it was read from. A change to one of a batch is sent
/// only if the snapshot does not include it, and a change to one that has not
/// been read yet is left to a later batch. So nothing is missed and nothing is
/// sent twice, however long the reading takes. A position is sent once everything
/// up to it has been sent.
///
/// A watch that resumes from a position sends the events between it and the start
/// of the subscription, and then what the subscription receives.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     access::policy::KeySelection,
///     use_case::keys::watch_api_keys::{WatchMessage, watch_api_keys},
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let context = in_own_principal(&app.user("alice").await);
/// let watch = watch_api_keys(&context, &app.keys, &KeySelection::OWN, None);
/// let mut watch = watch.await.unwrap();
/// // There are no keys yet: from this position on another watch can resume.
/// let message = watch.next().await.unwrap();
/// assert!(matches!(message, Some(WatchMessage::Reached(_))));
/// # });
/// ```
pub struct Watch<S: WatchSource> {
    source: S,
    subscription: Subscription<S::Entry>,
    ends_at: Expiry,
    phase: Phase,
    batches: Batches<S>,
    /// Received changes that wait until the existing entries are sent.
    buffered: VecDeque<Arc<Committed<S::Entry>>>,
    /// Messages to send next.
    outgoing: VecDeque<WatchMessage<S::Entry>>,
    /// The position the watch resumes from.
    since: Position,
    /// Every commit in the batches' snapshots comes before this position.
    settled_from: Position,
    /// The last position that was sent.
    reached: Option<Position>,
}

/// What is being sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The events after this position.
    Resuming(Position),
    /// The existing entries.
    Listing,
    /// Changes as they are received.
    Live,
}

// === impl Watch ===

impl<S: WatchSource> Watch<S> {
    /// The maximum number of entries or events per read.
    pub const BATCH: u32 = 100;
    /// The maximum number of changes that are buffered while the existing entries
    /// are sent.
    pub const BUFFER_CAPACITY: usize = 10_000;

    /// Starts a watch with a right that ends then. What changes after `subscription` began
    /// is received from it.
    pub(super) async fn begin(
        source: S,
        subscription: Subscription<S::Entry>,
        ends_at: Expiry,
        since: Option<Since>,
    ) -> Result<Self, Error> {
        let mut watch = Self {
            source,
            subscription,
            ends_at,
            phase: Phase::Listing,
            batches: Batches::default(),
            buffered: VecDeque::new(),
            outgoing: VecDeque::new(),
            since: Position::START,
            settled_from: Position::START,
            reached: None,
        };
        // A watch whose first read fails is refused, not started and broken off.
        match since {
            Some(Since::Position(position)) => {
                watch.phase = Phase::Resuming(position);
                watch.since = position;
                watch.read_events(position).await?;
            }
            Some(Since::Unknown) => watch.resync(),
            None => watch.read_batch().await?,
        }
        Ok(watch)
    }

    /// Returns from when on the right that it was begun with is refused, as far as that was
    /// known when it began. An earlier end ends the watch itself.
    pub fn ends_at(&self) -> Expiry {
        self.ends_at
    }

    /// Returns the next message, or `None` at the end, after which the watcher
    /// must start over. Cancel-safe.
    ///
    /// # Errors
    ///
    /// Those of the event log.
    pub async fn next(&mut self) -> Result<Option<WatchMessage<S::Entry>>, Error> {
        loop {
            if let Some(message) = self.outgoing.pop_front() {
                return Ok(Some(message));
            }
            if self.phase == Phase::Live {
                return Ok(self.next_change().await);
            }
            if !self.buffer_changes() {
                return Ok(None);
            }
            match self.phase {
                Phase::Resuming(after) => self.read_events(after).await?,
                Phase::Listing => self.read_batch().await?,
                Phase::Live => {}
            }
        }
    }

    /// Returns a position to send, if everything up to it has been sent and it is
    /// later than the last one sent. For when there were no changes for a while.
    pub fn reached(&mut self) -> Option<Position> {
        let (position, head) = self.subscription.reached();
        // Any change up to this position that was not sent is in the subscription.
        let is_drained = self.phase == Phase::Live
            && self.outgoing.is_empty()
            && self.buffered.is_empty()
            && self.buffer_changes()
            && self.buffered.is_empty();
        let is_new = self.reached.is_none_or(|reached| reached < position);
        // This node may be behind the position the watch resumes from, or behind
        // the batches.
        let is_settled = position >= self.since && head >= self.settled_from;
        if !is_drained || !is_settled || !is_new {
            return None;
        }
        self.reached = Some(position);
        self.reached
    }

    async fn next_change(&mut self) -> Option<WatchMessage<S::Entry>> {
        if self.reached.is_none()
            && let Some(position) = self.reached()
        {
            return Some(WatchMessage::Reached(position));
        }
        loop {
            let change = match self.buffered.pop_front() {
                Some(change) => change,
                None => self.subscription.next().await?,
            };
            if self.is_unsent(&change) {
                let position = change.position;
                let is_settled = position >= self.settled_from;
                if is_settled {
                    self.reached = Some(position);
                }
                return Some(WatchMessage::Changed(
                    change,
                    is_settled.then_some(position),
                ));
            }
        }
    }

    /// Drains the subscription, so that it does not overrun while a long list is
    /// read. Returns whether the watch can continue.
    fn buffer_changes(&mut self) -> bool {
        while let Some(next) = self.subscription.try_next() {
            match next {
                None => return false,
                Some(_) if self.buffered.len() == Self::BUFFER_CAPACITY => return false,
                Some(change) if self.is_unsent(&change) => self.buffered.push_back(change),
                Some(_) => {}
            }
        }
        true
    }

    /// Reads a page of events from before the subscription began.
    async fn read_events(&mut self, after: Position) -> Result<(), Error> {
        let page = self.source.events(after, Self::BATCH).await?;
        if page.misses_some(after) {
            self.resync();
            return Ok(());
        }
        let since = self.subscription.since();
        // Later ones are received by the subscription, too.
        let past = page
            .events
            .into_iter()
            .filter(|event| event.position <= since);
        for event in past {
            let position = event.position;
            if let Some(change) = S::change(event) {
                let message = WatchMessage::Changed(Arc::new(change), Some(position));
                self.outgoing.push_back(message);
                self.reached = Some(position);
            }
        }
        let is_further = self.outgoing.is_empty() && page.next > after && page.next <= since;
        if is_further && page.has_more {
            // Of many events that concern others nobody has to read again who comes back.
            self.reached = Some(page.next);
            self.outgoing.push_back(WatchMessage::Reached(page.next));
        }
        self.phase = if page.has_more && page.next < since {
            Phase::Resuming(page.next)
        } else {
            Phase::Live
        };
        Ok(())
    }

    /// Starts over with the existing entries.
    fn resync(&mut self) {
        self.outgoing.push_back(WatchMessage::Resync);
        self.phase = Phase::Listing;
        self.since = Position::START;
        self.reached = None;
    }

    async fn read_batch(&mut self) -> Result<(), Error> {
        let after = self.batches.last();
        let Existing {
            snapshot,
            entries,
            has_more,
        } = self.source.existing(after, Self::BATCH).await?;
        let last = match entries.last() {
            Some(entry) if has_more => S::place(entry),
            _ => S::LAST,
        };
        let is_last = last == S::LAST;
        let settled = Position::before_horizon(snapshot.unborn_from);
        self.settled_from = self.settled_from.max(settled);
        self.batches.push(last, snapshot);
        if !entries.is_empty() {
            self.outgoing.push_back(WatchMessage::Present(entries));
        }
        if is_last {
            self.phase = Phase::Live;
        }
        Ok(())
    }

    /// Returns whether the change must be sent. A change that was sent already, or
    /// that a batch includes or will include, must not.
    fn is_unsent(&self, change: &Committed<S::Entry>) -> bool {
        if self.batches.is_empty() {
            return change.position > self.since;
        }
        self.batches.lack(change)
    }
}
