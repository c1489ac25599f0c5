//! Watching keys: what is there, then what happens.

use crate::{
    access::{policy::ApiKeyFilter, tenant::TenantContext},
    change::{
        KeyChange, Position,
        hub::{Holder, Interest, Subscription},
        snapshot::Snapshot,
    },
    error::Error,
    identifier::ApiKeyId,
    key::api_key::ApiKey,
    use_case::{ports::KeyPorts, resolve_tenant::check_still_holds},
};
use std::{collections::VecDeque, sync::Arc};

/// What a watcher is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchMessage {
    /// Keys that are there.
    Present(Vec<ApiKey>),
    /// A change that was committed after them. With a position when everything
    /// up to there has been told, so that a watch can go on from it.
    Changed(Arc<KeyChange>, Option<Position>),
    /// Everything up to here has been told.
    Reached(Position),
    /// What was told to this watcher before can't be continued: what is there
    /// follows anew.
    Resync,
}

/// From where a watch is to go on.
///
/// # Example
///
/// ```
/// use apikey_domain::{testing::fixture, use_case::keys::watch_api_keys::Since};
///
/// assert_eq!(Since::parse("7-7"), Since::Position(fixture::position(7)));
/// assert_eq!(Since::parse("yesterday"), Since::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Behind this position.
    Position(Position),
    /// From something that is no position.
    Unknown,
}

/// A watch in progress.
///
/// The subscription starts before the first key is read, and each batch of
/// keys comes with the commits it holds. A change to a key of a batch is told
/// only when the batch does not hold it, and one to a key not yet read is left
/// to the batch to come; so nothing is missed and nothing is told twice,
/// however long the reading takes. A position is told once everything up to it
/// is among what was told.
///
/// A watch that goes on from a position is told the events between it and the
/// start of the subscription, and then what the subscription hears.
pub struct Watch {
    ports: KeyPorts,
    filter: ApiKeyFilter,
    subscription: Subscription,
    phase: Phase,
    read: Vec<Stretch>,
    held: VecDeque<Arc<KeyChange>>,
    queue: VecDeque<WatchMessage>,
    /// Where the watch goes on from.
    since: Position,
    /// Before this lies everything the batches hold.
    settled_from: Position,
    reached: Option<Position>,
}

/// What is being told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The events behind this position.
    Past(Position),
    /// The keys that are there.
    Present,
    /// What happens.
    News,
}

/// Keys up to `last`, with the commits they hold.
struct Stretch {
    last: ApiKeyId,
    snapshot: Snapshot,
}

/// Starts to watch what `filter` admits; from `since` on, if that is given and
/// still possible.
///
/// # Errors
///
/// [`Error::Unavailable`] when there are too many watchers or the keys cannot be
/// read; those of
/// [`check_still_holds`].
pub async fn watch_api_keys(
    context: &TenantContext,
    ports: &KeyPorts,
    filter: ApiKeyFilter,
    since: Option<Since>,
) -> Result<Watch, Error> {
    let interest = Interest {
        filter: filter.clone(),
        holder: Holder {
            user_id: context.caller.user.id,
            key_id: context.caller.key.as_ref().map(|key| key.id),
            principal_id: context.current_principal_id,
        },
    };
    let subscription = ports.change_feed.subscribe(interest).await?;
    // From here on a loss of the right ends the subscription; one between the
    // check of the request and here is noticed now.
    check_still_holds(context, ports).await?;
    let mut watch = Watch {
        ports: ports.clone(),
        filter,
        subscription,
        phase: Phase::Present,
        read: Vec::new(),
        held: VecDeque::new(),
        queue: VecDeque::new(),
        since: Position::START,
        settled_from: Position::START,
        reached: None,
    };
    // A watch that cannot be read is refused, not begun and broken off.
    match since {
        Some(Since::Position(position)) => {
            watch.phase = Phase::Past(position);
            watch.since = position;
            watch.read_past(position).await?;
        }
        Some(Since::Unknown) => watch.resync(),
        None => watch.read_stretch().await?,
    }
    Ok(watch)
}

// === impl Since ===

impl Since {
    /// Reads what a watcher was told as a position.
    pub fn parse(text: &str) -> Self {
        Position::parse(text).map_or(Self::Unknown, Self::Position)
    }
}

// === impl Watch ===

impl Watch {
    /// How many keys or events are read at once.
    pub const BATCH: u32 = 100;
    /// How many changes are held back at the most while the keys are told.
    pub const HELD: usize = 10_000;

    /// What to tell next; `None` at the end, after which the watcher must start
    /// anew. Cancelling it between answers loses nothing.
    ///
    /// # Errors
    ///
    /// What the repository returns.
    pub async fn next(&mut self) -> Result<Option<WatchMessage>, Error> {
        loop {
            if let Some(message) = self.queue.pop_front() {
                return Ok(Some(message));
            }
            if self.phase == Phase::News {
                return Ok(self.news().await);
            }
            if !self.hold_news() {
                return Ok(None);
            }
            match self.phase {
                Phase::Past(after) => self.read_past(after).await?,
                Phase::Present => self.read_stretch().await?,
                Phase::News => {}
            }
        }
    }

    /// A position to tell, if everything up to it has been told and it is not the
    /// last one that was. For when there was no news for a while.
    pub fn reached(&mut self) -> Option<Position> {
        let (position, head) = self.subscription.reached();
        // What lies up to there and was not told yet is in the queue.
        let is_drained = self.phase == Phase::News
            && self.queue.is_empty()
            && self.held.is_empty()
            && self.hold_news()
            && self.held.is_empty();
        let is_new = self.reached.is_none_or(|reached| reached < position);
        // The node may have heard less yet than the watcher, or than was read.
        let is_settled = position >= self.since && head >= self.settled_from;
        if !is_drained || !is_settled || !is_new {
            return None;
        }
        self.reached = Some(position);
        self.reached
    }

    async fn news(&mut self) -> Option<WatchMessage> {
        if self.reached.is_none()
            && let Some(position) = self.reached()
        {
            return Some(WatchMessage::Reached(position));
        }
        loop {
            let change = match self.held.pop_front() {
                Some(change) => change,
                None => self.subscription.next().await?,
            };
            if self.is_news(&change) {
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

    /// Takes what waits in the queue, so that it does not overrun while a long
    /// list is read. Answers whether the watch can go on.
    fn hold_news(&mut self) -> bool {
        while let Some(next) = self.subscription.try_next() {
            match next {
                None => return false,
                Some(_) if self.held.len() == Self::HELD => return false,
                Some(change) if self.is_news(&change) => self.held.push_back(change),
                Some(_) => {}
            }
        }
        true
    }

    /// Reads events from before the subscription began.
    async fn read_past(&mut self, after: Position) -> Result<(), Error> {
        let log = &self.ports.event_log;
        let page = log
            .list_key_events(&self.filter, after, Self::BATCH)
            .await?;
        if page.misses_some(after) {
            self.resync();
            return Ok(());
        }
        let since = self.subscription.since();
        // Later ones come through the subscription, too.
        let past = page
            .events
            .into_iter()
            .filter(|event| event.position <= since);
        for event in past {
            let position = event.position;
            if let Some(change) = event.into_key_change() {
                let message = WatchMessage::Changed(Arc::new(change), Some(position));
                self.queue.push_back(message);
                self.reached = Some(position);
            }
        }
        self.phase = match page.has_more && page.next < since {
            true => Phase::Past(page.next),
            false => Phase::News,
        };
        Ok(())
    }

    /// Begins anew with what is there.
    fn resync(&mut self) {
        self.queue.push_back(WatchMessage::Resync);
        self.phase = Phase::Present;
        self.since = Position::START;
        self.reached = None;
    }

    async fn read_stretch(&mut self) -> Result<(), Error> {
        let after = self.read.last().map_or(ApiKeyId(0), |batch| batch.last);
        let repository = &self.ports.api_keys;
        let (snapshot, keys) = repository
            .snapshot_after(&self.filter, after, Self::BATCH)
            .await?;
        let is_last = keys.len() < Self::BATCH as usize;
        let last = match keys.last() {
            Some(key) if !is_last => key.id,
            _ => ApiKeyId(i64::MAX),
        };
        let behind = Position::before_horizon(snapshot.unborn_from);
        self.settled_from = self.settled_from.max(behind);
        self.read.push(Stretch { last, snapshot });
        if !keys.is_empty() {
            self.queue.push_back(WatchMessage::Present(keys));
        }
        if is_last {
            self.phase = Phase::News;
        }
        Ok(())
    }

    /// Whether the watcher has not been told of this change. A change beyond
    /// what has been read is told by a batch to come.
    fn is_news(&self, change: &KeyChange) -> bool {
        if self.read.is_empty() {
            return change.position > self.since;
        }
        let id = change.event.key().id;
        let index = self.read.partition_point(|batch| batch.last < id);
        let read = self.read.get(index);
        read.is_some_and(|batch| !batch.snapshot.holds(change.transaction))
    }
}
