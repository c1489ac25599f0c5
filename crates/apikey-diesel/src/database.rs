//! Selects and opens a database.

#[cfg(feature = "postgres")]
use crate::postgres::{self, health::NodeHealth};
#[cfg(feature = "sqlite")]
use crate::sqlite;
use crate::{
    cluster_settings::ClusterSettings,
    database_url::DatabaseUrl,
    migrate::{self, Direction},
    open_store::{Parts, Store},
    supervision::Supervisor,
    unreadable_events::UnreadableEvents,
};
use apikey_domain::{
    access::quota::Quotas, change::hub::ChangeHub, error::PortError, key::digest::PepperId,
    listing::SearchBounds, port::import_store::ImportView, timestamp::Timestamp,
};
use std::sync::Arc;

/// How many connections to PostgreSQL there are at most, unless said otherwise.
pub const DEFAULT_CONNECTIONS: usize = 20;

/// A restore of a database.
#[derive(Clone, Copy, Debug)]
pub struct Restore {
    /// When the backup was made.
    pub made_at: Timestamp,
    /// When the database was restored from it.
    pub restored_at: Timestamp,
}

/// A database that is selected but not open.
pub struct Database {
    target: Target,
    supervisor: Supervisor,
    quotas: Quotas,
    search: SearchBounds,
}

enum Target {
    #[cfg(feature = "sqlite")]
    Sqlite(std::path::PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres::Source>),
}

// === impl Database ===

impl Database {
    /// Selects the database of a URL. On PostgreSQL there are at most 20 connections.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when TLS cannot be set up, or the crate was built without
    /// this database.
    pub fn new(url: &DatabaseUrl) -> Result<Self, PortError> {
        Self::with_connections(url, DEFAULT_CONNECTIONS)
    }

    /// Selects the database of a URL, with at most so many connections on PostgreSQL: 3
    /// or more. Those that the server refuses are done without: whoever needs one waits.
    ///
    /// # Errors
    ///
    /// As [`Database::new`].
    #[cfg_attr(
        not(feature = "postgres"),
        expect(unused_variables, reason = "connections are those to PostgreSQL")
    )]
    pub fn with_connections(url: &DatabaseUrl, connections: usize) -> Result<Self, PortError> {
        let target = match url {
            #[cfg(feature = "sqlite")]
            DatabaseUrl::Sqlite(path) => Target::Sqlite(path.clone()),
            #[cfg(not(feature = "sqlite"))]
            DatabaseUrl::Sqlite(_) => {
                return Err(crate::failure::unavailable(crate::database_url::NO_SQLITE));
            }
            #[cfg(feature = "postgres")]
            DatabaseUrl::Postgres(url) => {
                Target::Postgres(Box::new(postgres::Source::from_url(url, connections)?))
            }
            #[cfg(not(feature = "postgres"))]
            DatabaseUrl::Postgres(_) => {
                return Err(crate::failure::unavailable(
                    crate::database_url::NO_POSTGRES,
                ));
            }
        };
        Ok(Self {
            target,
            supervisor: Supervisor::default(),
            quotas: Quotas::default(),
            search: SearchBounds::default(),
        })
    }

    /// Bounds searches by this.
    pub fn searching_within(self, search: SearchBounds) -> Self {
        Self { search, ..self }
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
            #[cfg(feature = "sqlite")]
            Target::Sqlite(path) => migrate::sqlite(path, direction),
            #[cfg(feature = "postgres")]
            Target::Postgres(source) => migrate::postgres(source, direction).await,
        }
    }

    /// Looks into the database before an import, and changes nothing, not even the schema.
    /// Returns `None` if there is nothing yet.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the database cannot be reached, or its schema is that
    /// of an earlier release.
    pub async fn look(&self) -> Result<Option<Box<dyn ImportView>>, PortError> {
        match &self.target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(path) => sqlite::look(path).await,
            #[cfg(feature = "postgres")]
            Target::Postgres(source) => postgres::look(source).await,
        }
    }

    /// Notes of a SQLite database that it is a backup which somebody put in its place without
    /// the command for it: then it was restored now, and its sessions end. Returns whether it
    /// is one. The schema must be up to date, and no server may use the database.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the database cannot be written.
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(
            unused_variables,
            reason = "a dump of PostgreSQL has no mark of its own"
        )
    )]
    pub fn adopt_backup(&self, now: Timestamp) -> Result<bool, PortError> {
        match &self.target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(path) => sqlite::backup::adopt(path, now),
            #[cfg(feature = "postgres")]
            Target::Postgres(_) => Ok(false),
        }
    }

    /// Returns the restores of which nobody has [said](Self::acknowledge_restores) that they
    /// know what they mean: at most 32, the newest first. The schema must be up to date.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the database cannot be reached.
    pub async fn unacknowledged_restores(&self) -> Result<Vec<Restore>, PortError> {
        let found = match &self.target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(path) => sqlite::unacknowledged_restores(path).await?,
            #[cfg(feature = "postgres")]
            Target::Postgres(source) => postgres::unacknowledged_restores(source).await?,
        };
        let found = found.into_iter().filter_map(|(made_at, restored_at)| {
            Some(Restore {
                made_at: Timestamp::from_microseconds(made_at)?,
                restored_at: Timestamp::from_microseconds(restored_at)?,
            })
        });
        Ok(found.collect())
    }

    /// Notes that the database is what the tools of PostgreSQL restored from a dump of
    /// `made_at`, and ends the sessions of the dump. The schema must be up to date, and no
    /// server may run. Returns whether that was done: a SQLite database is restored by the
    /// [service itself](crate::backup), which notes it.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the database cannot be reached. Then it can be repeated.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(unused_variables, reason = "SQLite notes its restores itself")
    )]
    pub async fn note_restore(
        &self,
        made_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, PortError> {
        match &self.target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(_) => Ok(false),
            #[cfg(feature = "postgres")]
            Target::Postgres(source) => {
                let (made_at, now) = (made_at.microseconds(), now.microseconds());
                postgres::note_restore(source, made_at, now).await?;
                Ok(true)
            }
        }
    }

    /// Returns whether servers use a PostgreSQL database, for which it takes up to 3.5 s. Who
    /// uses a SQLite database locks its file.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the database cannot be reached.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(clippy::unused_async, reason = "a file is not waited for")
    )]
    pub async fn is_used(&self) -> Result<bool, PortError> {
        match &self.target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(_) => Ok(false),
            #[cfg(feature = "postgres")]
            Target::Postgres(source) => postgres::is_used(source).await,
        }
    }

    /// Makes `new` the newest pepper although `lost`, which digests may need, is not to be had
    /// any more. The schema must be up to date, and no server may run.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the database cannot be reached. Then it can be repeated.
    pub async fn give_up_pepper(
        &self,
        lost: PepperId,
        new: PepperId,
        at: Timestamp,
    ) -> Result<(), PortError> {
        match &self.target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(path) => sqlite::give_up_pepper(path, (lost, new), at).await,
            #[cfg(feature = "postgres")]
            Target::Postgres(source) => postgres::give_up_pepper(source, (lost, new), at).await,
        }
    }

    /// Notes that somebody knows what the restores of this database mean. Returns how many
    /// there were of which nobody had said so.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the database cannot be reached.
    pub async fn acknowledge_restores(&self, now: Timestamp) -> Result<usize, PortError> {
        let now = now.microseconds();
        match &self.target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(path) => sqlite::acknowledge_restores(path, now).await,
            #[cfg(feature = "postgres")]
            Target::Postgres(source) => postgres::acknowledge_restores(source, now).await,
        }
    }

    /// Opens the database, whose schema must be up to date. `hub` receives its
    /// changes. `settings` apply to PostgreSQL only.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the database cannot be reached or the
    /// writer cannot be started.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(unused_variables, reason = "SQLite has no cluster")
    )]
    pub async fn open(self, hub: ChangeHub, settings: ClusterSettings) -> Result<Store, PortError> {
        let unreadable = UnreadableEvents::default();
        let counter = unreadable.clone();
        let (supervisor, quotas, search) = (self.supervisor, self.quotas, self.search);
        match self.target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(path) => {
                let opening = sqlite::open(&path, hub.clone(), counter, search, &supervisor);
                let (store, writer) = opening.await?;
                let parts = Parts {
                    reader_pool: store.reader_pool(),
                    waiting_writes: store.waiting_writes(),
                    node: None,
                    scans_at_once: sqlite::readers::MAX_SCANS,
                    unreadable,
                    supervisor,
                    threads: vec![writer],
                };
                let store = Arc::new(store.bounded_by(quotas));
                let lease = Arc::new(apikey_domain::port::lease::SingleNode);
                Ok(Store::new(store, hub, lease, None, parts))
            }
            #[cfg(feature = "postgres")]
            Target::Postgres(source) => {
                let opening =
                    postgres::open(*source, hub.clone(), settings, counter, search, &supervisor);
                let open = opening.await?;
                let parts = Parts {
                    reader_pool: open.store.reader_pool(),
                    waiting_writes: open.store.waiting_writes(),
                    node: Some(open.figures()),
                    scans_at_once: postgres::scans_at_once(&open.limit),
                    unreadable,
                    supervisor,
                    threads: open.threads,
                };
                let store = Arc::new(open.store.bounded_by(quotas));
                let health = NodeHealth {
                    store: store.clone(),
                    figures: open.figures,
                };
                let health = Some(Arc::new(health) as _);
                Ok(Store::new(store, hub, open.lease, health, parts))
            }
        }
    }
}
