//! Selects and opens a database.

use crate::{
    cluster_settings::ClusterSettings,
    database_url::DatabaseUrl,
    migrate::{self, Direction},
    postgres::{
        self, cluster::ClusterFigures, connection_limit::ConnectionLimit, health::NodeHealth,
    },
    sqlite,
    stored_names::StoredNames,
    supervision::Supervisor,
    unreadable_events::UnreadableEvents,
};
use apikey_domain::{
    access::quota::Quotas,
    change::hub::ChangeHub,
    error::PortError,
    port::{
        api_key_repository::ApiKeyRepository,
        change_feed::ChangeFeed,
        directory::Directory,
        event_log::EventLog,
        health::Health,
        key_facts_store::KeyFactsStore,
        lease::{Lease, SingleNode},
    },
};
use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    thread::JoinHandle,
    time::Duration,
};
use tokio::time::timeout;

/// How long [`Store::close`] waits.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);
/// How often it looks whether the threads have ended.
const CLOSE_POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How many connections to PostgreSQL there are at most, unless said otherwise.
pub const DEFAULT_CONNECTIONS: usize = 20;

/// A database that is selected but not open.
pub struct Database {
    target: Target,
    supervisor: Supervisor,
    quotas: Quotas,
}

enum Target {
    Sqlite(PathBuf),
    Postgres(Box<postgres::Source>),
}

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
    /// The names that earlier releases wrote.
    pub names: Arc<dyn StoredNames>,
    /// Whether the database can do its work.
    pub health: Arc<dyn Health>,
    /// Whether data cached from the database may be used.
    pub lease: Arc<dyn Lease>,
    /// The hub behind the change feed; to be closed when the process stops.
    pub hub: ChangeHub,
    figures: Option<Arc<ClusterFigures>>,
    limit: Option<ConnectionLimit>,
    unreadable: UnreadableEvents,
    supervisor: Supervisor,
    threads: Vec<JoinHandle<()>>,
}

// === impl Database ===

impl Database {
    /// Selects the database of a URL. On PostgreSQL there are at most 20 connections.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when TLS cannot be set up.
    pub fn new(url: &DatabaseUrl) -> Result<Self, PortError> {
        Self::with_connections(url, DEFAULT_CONNECTIONS)
    }

    /// Selects the database of a URL, with at most so many connections on PostgreSQL: 3
    /// or more. Those that the server refuses are done without: whoever needs one waits.
    ///
    /// # Errors
    ///
    /// As [`Database::new`].
    pub fn with_connections(url: &DatabaseUrl, connections: usize) -> Result<Self, PortError> {
        let target = match url {
            DatabaseUrl::Sqlite(path) => Target::Sqlite(path.clone()),
            DatabaseUrl::Postgres(url) => {
                Target::Postgres(Box::new(postgres::Source::from_url(url, connections)?))
            }
        };
        Ok(Self {
            target,
            supervisor: Supervisor::default(),
            quotas: Quotas::default(),
        })
    }

    /// Reports the ends of the store's parts to this supervisor.
    pub fn supervised_by(self, supervisor: Supervisor) -> Self {
        Self { supervisor, ..self }
    }

    /// Bounds what each user and organization may have and change. Without this there are
    /// no bounds.
    pub fn bounded_by(self, quotas: Quotas) -> Self {
        Self { quotas, ..self }
    }

    /// Brings the schema up to date. Returns the names of the migrations that were
    /// applied. Several nodes may do this at the same time.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the database cannot be reached or a
    /// migration fails; migrations applied before it stay applied.
    pub async fn migrate(&self) -> Result<Vec<String>, PortError> {
        self.run(Direction::Up).await
    }

    /// Drops the schema with all data. Returns the names of the migrations that were
    /// reverted.
    ///
    /// # Errors
    ///
    /// As [`Database::migrate`].
    #[cfg(feature = "testing")]
    pub async fn revert_all(&self) -> Result<Vec<String>, PortError> {
        self.run(Direction::Down).await
    }

    async fn run(&self, direction: Direction) -> Result<Vec<String>, PortError> {
        match &self.target {
            Target::Sqlite(path) => migrate::sqlite(path, direction),
            Target::Postgres(source) => migrate::postgres(source, direction).await,
        }
    }

    /// Opens the database, whose schema must be up to date. `hub` receives its
    /// changes. `settings` apply to PostgreSQL only.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the database cannot be reached or the
    /// writer cannot be started.
    pub async fn open(self, hub: ChangeHub, settings: ClusterSettings) -> Result<Store, PortError> {
        let unreadable = UnreadableEvents::default();
        let counter = unreadable.clone();
        let (supervisor, quotas) = (self.supervisor, self.quotas);
        Ok(match self.target {
            Target::Sqlite(path) => {
                let (store, writer) =
                    sqlite::open(&path, hub.clone(), counter, &supervisor).await?;
                Store {
                    supervisor,
                    threads: vec![writer],
                    ..Store::new(
                        store.bounded_by(quotas),
                        hub,
                        Arc::new(SingleNode),
                        None,
                        unreadable,
                    )
                }
            }
            Target::Postgres(source) => {
                let open =
                    postgres::open(*source, hub.clone(), settings, counter, &supervisor).await?;
                let figures = Some(open.figures);
                Store {
                    limit: Some(open.limit),
                    supervisor,
                    threads: open.threads,
                    ..Store::new(
                        open.store.bounded_by(quotas),
                        hub,
                        open.lease,
                        figures,
                        unreadable,
                    )
                }
            }
        })
    }
}

// === impl Store ===

impl Store {
    /// Returns a store without its supervisor and threads.
    fn new<S>(
        store: S,
        hub: ChangeHub,
        lease: Arc<dyn Lease>,
        figures: Option<Arc<ClusterFigures>>,
        unreadable: UnreadableEvents,
    ) -> Self
    where
        S: ApiKeyRepository
            + KeyFactsStore
            + Directory
            + ChangeFeed
            + EventLog
            + StoredNames
            + Health
            + 'static,
    {
        let store = Arc::new(store);
        let health: Arc<dyn Health> = match &figures {
            None => store.clone(),
            Some(figures) => Arc::new(NodeHealth {
                store: store.clone(),
                figures: figures.clone(),
            }),
        };
        Self {
            api_keys: store.clone(),
            key_facts: store.clone(),
            directory: store.clone(),
            change_feed: store.clone(),
            event_log: store.clone(),
            names: store,
            health,
            lease,
            hub,
            figures,
            limit: None,
            unreadable,
            supervisor: Supervisor::default(),
            threads: Vec::new(),
        }
    }

    /// Returns the supervisor of the store's parts: its writers, and on PostgreSQL the
    /// event consumer and the listener. The owner of the process MUST await
    /// [`Supervisor::ended`] and then exit, or open the database again.
    pub fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }

    /// Returns a function that counts the peers that may use their caches; `None` on
    /// SQLite, which has a single node.
    pub fn other_nodes(&self) -> Option<impl Fn() -> u64 + Send + Sync + 'static> {
        let figures = self.figures.clone()?;
        Some(move || figures.peers.load(Ordering::Relaxed) as u64)
    }

    /// Returns a function that counts the changes that await acknowledgement by
    /// peers; `None` on SQLite.
    pub fn waiting_changes(&self) -> Option<impl Fn() -> u64 + Send + Sync + 'static> {
        let figures = self.figures.clone()?;
        Some(move || figures.waiting_changes.load(Ordering::Relaxed) as u64)
    }

    /// Returns how many reads that may take long, such as lists, run at once at most.
    /// The others wait, and those that take no time do not wait for them.
    pub fn scans_at_once(&self) -> usize {
        let on_postgres = self.limit.as_ref().map(postgres::scans_at_once);
        on_postgres.unwrap_or(sqlite::readers::MAX_SCANS)
    }

    /// Returns a function that counts the connections to PostgreSQL; `None` on SQLite.
    pub fn connections(&self) -> Option<impl Fn() -> u64 + Send + Sync + 'static> {
        let limit = self.limit.clone()?;
        Some(move || limit.open() as u64)
    }

    /// Returns a function that counts how often PostgreSQL refused a connection because
    /// there were too many; `None` on SQLite.
    pub fn refused_connections(&self) -> Option<impl Fn() -> u64 + Send + Sync + 'static> {
        let limit = self.limit.clone()?;
        Some(move || limit.refusals())
    }

    /// Returns a function that counts how often an event could not be read, by lists,
    /// watches and the event consumer.
    pub fn unreadable_events(&self) -> impl Fn() -> u64 + Send + Sync + 'static {
        let unreadable = self.unreadable.clone();
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
        self.supervisor.stop();
        self.hub.close();
        drop((
            self.api_keys,
            self.key_facts,
            self.directory,
            self.change_feed,
            self.event_log,
            self.names,
            self.health,
        ));
        while !self.threads.iter().all(JoinHandle::is_finished) {
            tokio::time::sleep(CLOSE_POLL_INTERVAL).await;
        }
    }
}
