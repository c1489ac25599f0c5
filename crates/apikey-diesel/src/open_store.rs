//! An open database.

use crate::{
    name_index::NameIndex, pool_figures::PoolFigures, stored_names::StoredNames,
    supervision::Supervisor, unreadable_events::UnreadableEvents,
};
use apikey_domain::{
    change::hub::ChangeHub,
    port::{
        api_key_repository::ApiKeyRepository,
        change_feed::ChangeFeed,
        directory::Directory,
        endings::Endings,
        event_log::EventLog,
        health::Health,
        idempotency_log::IdempotencyLog,
        import_store::{ImportStore, ImportView},
        key_facts_store::KeyFactsStore,
        lease::Lease,
        pepper_registry::PepperRegistry,
        removals::Removals,
        sessions::Sessions,
    },
};
use std::{sync::Arc, thread::JoinHandle, time::Duration};
use tokio::time::timeout;

/// How long [`Store::close`] waits.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);
/// How often it looks whether the threads have ended.
const CLOSE_POLL_INTERVAL: Duration = Duration::from_millis(10);

/// An open database: the ports it implements, and its change hub.
pub struct Store {
    /// The keys.
    pub api_keys: Arc<dyn ApiKeyRepository>,
    /// The data needed to verify keys.
    pub key_facts: Arc<dyn KeyFactsStore>,
    /// The users and organizations.
    pub directory: Arc<dyn Directory>,
    /// The committed changes.
    pub change_feed: Arc<dyn ChangeFeed>,
    /// The record of every change.
    pub event_log: Arc<dyn EventLog>,
    /// The users and organizations that are being removed.
    pub removals: Arc<dyn Removals>,
    /// The requests that may be sent again.
    pub idempotency_log: Arc<dyn IdempotencyLog>,
    /// Which peppers compute the digests.
    pub peppers: Arc<dyn PepperRegistry>,
    /// The sessions of users.
    pub sessions: Arc<dyn Sessions>,
    /// What is said of keys that expire.
    pub endings: Arc<dyn Endings>,
    /// What takes over the rows of another service.
    pub imports: Arc<dyn ImportStore>,
    /// What is known about such rows.
    pub import_view: Arc<dyn ImportView>,
    /// The names that earlier releases wrote.
    pub names: Arc<dyn StoredNames>,
    /// The index of names for searching.
    pub name_index: Arc<dyn NameIndex>,
    /// Whether the database can do its work.
    pub health: Arc<dyn Health>,
    /// Whether data cached from the database may be used.
    pub lease: Arc<dyn Lease>,
    /// The hub behind the change feed; to be closed when the process stops.
    pub hub: ChangeHub,
    parts: Parts,
}

/// What the store of either database has beside its ports.
pub(crate) struct Parts {
    /// The figures of a node among several.
    pub(crate) node: Option<NodeFigures>,
    /// How many reads that may take long run at once at most.
    pub(crate) scans_at_once: usize,
    pub(crate) reader_pool: PoolFigure,
    pub(crate) waiting_writes: Figure,
    pub(crate) unreadable: UnreadableEvents,
    pub(crate) supervisor: Supervisor,
    pub(crate) threads: Vec<JoinHandle<()>>,
}

/// A figure, counted when it is asked for.
pub(crate) type Figure = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What is known of a pool, read when it is asked for.
pub(crate) type PoolFigure = Arc<dyn Fn() -> PoolFigures + Send + Sync>;

/// The figures of a node among several.
pub(crate) struct NodeFigures {
    /// How many peers may use their caches.
    pub(crate) other_nodes: Figure,
    /// How many changes await acknowledgement by peers.
    pub(crate) waiting_changes: Figure,
    /// How long ago the changes of other nodes were read.
    pub(crate) feed_age: Arc<dyn Fn() -> Duration + Send + Sync>,
    pub(crate) connections: Figure,
    pub(crate) refused_connections: Figure,
}

// === impl Store ===

impl Store {
    /// Returns an open database, whose health is that of its store unless another one is
    /// given.
    pub(crate) fn new<S>(
        store: Arc<S>,
        hub: ChangeHub,
        lease: Arc<dyn Lease>,
        health: Option<Arc<dyn Health>>,
        parts: Parts,
    ) -> Self
    where
        S: ApiKeyRepository
            + KeyFactsStore
            + Directory
            + ChangeFeed
            + EventLog
            + Removals
            + IdempotencyLog
            + PepperRegistry
            + Sessions
            + Endings
            + ImportStore
            + ImportView
            + StoredNames
            + NameIndex
            + Health
            + 'static,
    {
        Self {
            api_keys: store.clone(),
            key_facts: store.clone(),
            directory: store.clone(),
            change_feed: store.clone(),
            event_log: store.clone(),
            removals: store.clone(),
            idempotency_log: store.clone(),
            peppers: store.clone(),
            sessions: store.clone(),
            endings: store.clone(),
            imports: store.clone(),
            import_view: store.clone(),
            names: store.clone(),
            name_index: store.clone(),
            health: health.unwrap_or(store),
            lease,
            hub,
            parts,
        }
    }

    /// Returns the supervisor of the store's parts: its writers, and on PostgreSQL the
    /// event consumer and the listener. The owner of the process MUST await
    /// [`Supervisor::ended`] and then exit, or open the database again.
    pub fn supervisor(&self) -> &Supervisor {
        &self.parts.supervisor
    }

    /// Returns a function that counts the peers that may use their caches; `None` on
    /// SQLite, which has a single node.
    pub fn other_nodes(&self) -> Option<impl Fn() -> u64 + Send + Sync + 'static> {
        let figure = self.parts.node.as_ref()?.other_nodes.clone();
        Some(move || figure())
    }

    /// Returns a function that counts the changes that await acknowledgement by
    /// peers; `None` on SQLite.
    pub fn waiting_changes(&self) -> Option<impl Fn() -> u64 + Send + Sync + 'static> {
        let figure = self.parts.node.as_ref()?.waiting_changes.clone();
        Some(move || figure())
    }

    /// Returns a function that tells how long ago the changes of other nodes were read, which
    /// happens once a second or more often; `None` on SQLite.
    pub fn feed_age(&self) -> Option<impl Fn() -> Duration + Send + Sync + 'static> {
        let age = self.parts.node.as_ref()?.feed_age.clone();
        Some(move || age())
    }

    /// Returns a function that tells of the connections for reading. It keeps none open.
    pub fn reader_pool(&self) -> impl Fn() -> PoolFigures + Send + Sync + 'static {
        let pool = self.parts.reader_pool.clone();
        move || pool()
    }

    /// Returns a function that counts the writes that wait for the writer.
    pub fn waiting_writes(&self) -> impl Fn() -> u64 + Send + Sync + 'static {
        let waiting = self.parts.waiting_writes.clone();
        move || waiting()
    }

    /// Returns how many reads that may take long, such as lists, run at once at most.
    /// The others wait, and those that take no time do not wait for them.
    pub fn scans_at_once(&self) -> usize {
        self.parts.scans_at_once
    }

    /// Returns a function that counts the connections to PostgreSQL; `None` on SQLite.
    pub fn connections(&self) -> Option<impl Fn() -> u64 + Send + Sync + 'static> {
        let figure = self.parts.node.as_ref()?.connections.clone();
        Some(move || figure())
    }

    /// Returns a function that counts how often PostgreSQL refused a connection because
    /// there were too many; `None` on SQLite.
    pub fn refused_connections(&self) -> Option<impl Fn() -> u64 + Send + Sync + 'static> {
        let figure = self.parts.node.as_ref()?.refused_connections.clone();
        Some(move || figure())
    }

    /// Returns a function that counts how often an event could not be read, by lists,
    /// watches and the event consumer.
    pub fn unreadable_events(&self) -> impl Fn() -> u64 + Send + Sync + 'static {
        let unreadable = self.parts.unreadable.clone();
        move || unreadable.count()
    }

    /// Ends all subscriptions, then waits at most 2 s until writes in progress are
    /// done and the connections are closed. All clones of the ports must have been
    /// dropped.
    pub async fn close(self) {
        if timeout(CLOSE_LIMIT, self.closed()).await.is_err() {
            tracing::warn!("the writer did not end in time");
        }
    }

    /// As [`Store::close`], and waits without a limit.
    pub async fn closed(self) {
        self.parts.supervisor.stop();
        self.hub.close();
        drop((
            self.api_keys,
            self.key_facts,
            self.directory,
            self.change_feed,
            self.event_log,
            self.removals,
            self.idempotency_log,
            self.peppers,
            self.sessions,
            self.endings,
            self.imports,
            self.import_view,
            self.names,
            self.name_index,
            self.health,
        ));
        while !self.parts.threads.iter().all(JoinHandle::is_finished) {
            tokio::time::sleep(CLOSE_POLL_INTERVAL).await;
        }
    }
}
