//! Watching keys: what is there, then what happens.

use crate::{
    api_key::ApiKey,
    change::{
        KeyChange, Position,
        hub::{Holder, Interest, Subscription},
    },
    error::Error,
    identifier::ApiKeyId,
    policy::ApiKeyFilter,
    port::Ports,
    tenant::TenantContext,
};
use std::{collections::VecDeque, sync::Arc};

/// What a watcher is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Keys that are there.
    Present(Vec<ApiKey>),
    /// A change that was committed after them.
    Changed(Arc<KeyChange>),
}

/// A watch in progress.
///
/// The subscription starts before the first key is read, and each stretch of
/// keys comes with the position of the feed it reflects. A change to a key of a
/// stretch is told only when it lies beyond that position, and one to a key not
/// yet read is left to the stretch to come; so nothing is missed and nothing is
/// told twice, however long the reading takes.
pub struct Watch {
    ports: Ports,
    filter: ApiKeyFilter,
    subscription: Subscription,
    read: Vec<Stretch>,
    held: VecDeque<Arc<KeyChange>>,
    first: Vec<ApiKey>,
    is_present_told: bool,
}

/// Keys up to `last`, read at `position`.
struct Stretch {
    last: ApiKeyId,
    position: Position,
}

/// Starts to watch what `filter` admits.
///
/// # Errors
///
/// [`Error::Unavailable`] when there are too many watchers or the keys cannot be
/// read; those of
/// [`TenantContext::check_still_holds`].
pub async fn watch_api_keys(
    context: &TenantContext,
    ports: &Ports,
    filter: ApiKeyFilter,
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
    // judgement of the request and here is noticed now.
    context.check_still_holds(ports).await?;
    let mut watch = Watch {
        ports: ports.clone(),
        filter,
        subscription,
        read: Vec::new(),
        held: VecDeque::new(),
        first: Vec::new(),
        is_present_told: false,
    };
    // A watch that cannot be read is refused, not begun and broken off.
    watch.first = watch.read_stretch().await?;
    Ok(watch)
}

impl Watch {
    /// How many keys a stretch has.
    pub const STRETCH: u32 = 100;
    /// How many changes are held back at the most while the keys are told.
    pub const HELD: usize = 10_000;

    /// What to tell next; `None` at the end, after which the watcher must start
    /// anew. Cancelling it between answers loses nothing.
    ///
    /// # Errors
    ///
    /// What the repository returns.
    pub async fn next(&mut self) -> Result<Option<Told>, Error> {
        let first = std::mem::take(&mut self.first);
        if !first.is_empty() {
            return Ok(Some(Told::Present(first)));
        }
        while !self.is_present_told {
            if !self.hold_news() {
                return Ok(None);
            }
            let keys = self.read_stretch().await?;
            if !keys.is_empty() {
                return Ok(Some(Told::Present(keys)));
            }
        }
        if let Some(change) = self.held.pop_front() {
            return Ok(Some(Told::Changed(change)));
        }
        loop {
            match self.subscription.next().await {
                None => return Ok(None),
                Some(change) if self.is_news(&change) => return Ok(Some(Told::Changed(change))),
                Some(_) => {}
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

    async fn read_stretch(&mut self) -> Result<Vec<ApiKey>, Error> {
        let after = self.read.last().map_or(ApiKeyId(0), |stretch| stretch.last);
        let repository = &self.ports.api_keys;
        let (position, keys) = repository
            .snapshot_after(&self.filter, after, Self::STRETCH)
            .await?;
        self.is_present_told = keys.len() < Self::STRETCH as usize;
        let last = match keys.last() {
            Some(key) if !self.is_present_told => key.id,
            _ => ApiKeyId(i64::MAX),
        };
        self.read.push(Stretch { last, position });
        Ok(keys)
    }

    /// Whether the watcher has not been told of this change. A change beyond
    /// what has been read is told by a stretch to come.
    fn is_news(&self, change: &KeyChange) -> bool {
        let id = change.event.key().id;
        let index = self.read.partition_point(|stretch| stretch.last < id);
        let read = self.read.get(index);
        read.is_some_and(|stretch| change.position > stretch.position)
    }
}
