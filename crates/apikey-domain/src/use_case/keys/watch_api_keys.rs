//! Watching keys: the existing ones, then changes to them.

mod batches;
mod message;
mod progress;

use crate::{
    access::{
        policy::{ApiKeyFilter, KeySelection},
        tenant::TenantContext,
    },
    change::{
        KeyChange, Position,
        hub::{Holder, Interest, Subscription},
        snapshot::KeySnapshot,
    },
    error::Error,
    invalid::Invalid,
    key::{creation::Creation, expiry::Expiry},
    use_case::{ports::KeyPorts, resolve_tenant::check_still_holds},
};
use batches::Batches;
pub use message::{Since, WatchMessage};
use std::{collections::VecDeque, sync::Arc};

/// A watch in progress.
///
/// The subscription starts before the first key is read, and each batch of keys
/// comes with the snapshot it was read from. A change to a key of a batch is sent
/// only if the snapshot does not include it, and a change to a key that has not
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
pub struct Watch {
    ports: KeyPorts,
    filter: ApiKeyFilter,
    subscription: Subscription,
    ends_at: Expiry,
    phase: Phase,
    batches: Batches,
    /// Received changes that wait until the existing keys are sent.
    buffered: VecDeque<Arc<KeyChange>>,
    /// Messages to send next.
    outgoing: VecDeque<WatchMessage>,
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
    /// The existing keys.
    Listing,
    /// Changes as they are received.
    Live,
}

/// Starts to watch the selected keys, as far as the caller is shown them; resumes from `since`, if that is
/// given and still possible.
///
/// # Errors
///
/// Those of [`ApiKeyFilter::of`] and of [`check_still_holds`]; [`Error::Invalid`] if what is
/// selected has conditions; [`Error::Unavailable`] if there are too many watchers or the
/// keys cannot be read.
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
/// let alice = app.user("alice").await;
/// app.with_key(&alice, alice.principal_id).await;
/// let context = in_own_principal(&alice);
/// let watch = watch_api_keys(&context, &app.keys, &KeySelection::OWN, None);
/// let Some(WatchMessage::Present(keys)) = watch.await.unwrap().next().await.unwrap() else {
///     panic!("existing keys come first");
/// };
/// assert_eq!(keys.len(), 1);
/// # });
/// ```
pub async fn watch_api_keys(
    context: &TenantContext,
    ports: &KeyPorts,
    selection: &KeySelection,
    since: Option<Since>,
) -> Result<Watch, Error> {
    let filter = ApiKeyFilter::of(context, &ports.policies, selection)?;
    if filter.conditions().are_any() {
        // A key may become like this, or no longer be, with no change of it.
        let rule = "must not be those of a watch";
        return Err(Invalid::new("conditions", rule).into());
    }
    let interest = Interest {
        filter: filter.clone(),
        holder: Holder {
            user_id: context.caller.user.id,
            key_id: context.caller.key().map(|key| key.id),
            principal_id: context.current_principal_id,
        },
    };
    let subscription = ports.server.change_feed.subscribe(interest).await?;
    // From here on, a loss of access ends the subscription; one between the
    // check of the request and here is noticed now.
    let ends_at = check_still_holds(context, ports).await?;
    let mut watch = Watch {
        ports: ports.clone(),
        filter,
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

// === impl Watch ===

impl Watch {
    /// The maximum number of keys or events per read.
    pub const BATCH: u32 = 100;
    /// The maximum number of changes that are buffered while the existing keys
    /// are sent.
    pub const BUFFER_CAPACITY: usize = 10_000;

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
    /// Those of the repository and the event log.
    pub async fn next(&mut self) -> Result<Option<WatchMessage>, Error> {
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

    async fn next_change(&mut self) -> Option<WatchMessage> {
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
        let log = &self.ports.server.event_log;
        let page = log
            .list_key_events(&self.filter, after, Self::BATCH)
            .await?;
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
            if let Some(change) = event.into_key_change() {
                let message = WatchMessage::Changed(Arc::new(change), Some(position));
                self.outgoing.push_back(message);
                self.reached = Some(position);
            }
        }
        self.phase = if page.has_more && page.next < since {
            Phase::Resuming(page.next)
        } else {
            Phase::Live
        };
        Ok(())
    }

    /// Starts over with the existing keys.
    fn resync(&mut self) {
        self.outgoing.push_back(WatchMessage::Resync);
        self.phase = Phase::Listing;
        self.since = Position::START;
        self.reached = None;
    }

    async fn read_batch(&mut self) -> Result<(), Error> {
        let after = self.batches.last();
        let log = &self.ports.server.event_log;
        let KeySnapshot {
            snapshot,
            keys,
            has_more,
        } = log.snapshot_after(&self.filter, after, Self::BATCH).await?;
        let last = match keys.last() {
            Some(key) if has_more => Creation::of(key),
            _ => Creation::LAST,
        };
        let is_last = last == Creation::LAST;
        let settled = Position::before_horizon(snapshot.unborn_from);
        self.settled_from = self.settled_from.max(settled);
        self.batches.push(last, snapshot);
        if !keys.is_empty() {
            self.outgoing.push_back(WatchMessage::Present(keys));
        }
        if is_last {
            self.phase = Phase::Live;
        }
        Ok(())
    }

    /// Returns whether the change must be sent. A change that was sent already, or
    /// that a batch includes or will include, must not.
    fn is_unsent(&self, change: &KeyChange) -> bool {
        if self.batches.is_empty() {
            return change.position > self.since;
        }
        self.batches.lack(change)
    }
}
