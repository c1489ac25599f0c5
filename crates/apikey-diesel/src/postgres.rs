//! PostgreSQL: a writer with its own connection, and a pool of readers.

mod array_statement;
pub(crate) mod backend;
mod bare_client;
pub(crate) mod cluster;
pub(crate) mod connection;
pub(crate) mod connection_limit;
mod examination;
#[cfg(test)]
pub(crate) mod fresh;
pub(crate) mod health;
mod id_sequences;
mod identity;
mod name_terms;
mod other_nodes;
pub(crate) mod pooling;
pub(crate) mod primary;
mod publisher;
mod reader_pool;
pub(crate) mod readers;
mod restored;
mod row_inserts;
mod row_locks;
mod running_nodes;
mod scan_places;
mod url;

#[path = "store/store.rs"]
mod store;

use crate::{
    announcement::Announcement,
    cluster_settings::ClusterSettings,
    failure::unavailable,
    open_store::{Figure, NodeFigures},
    supervision::Supervisor,
    unreadable_events::UnreadableEvents,
};
use apikey_domain::{
    change::hub::ChangeHub, error::PortError, key::digest::PepperId, listing::SearchBounds,
    port::import_store::ImportView, timestamp::Timestamp,
};
use cluster::{ClusterFigures, Dispatcher, EventConsumer, NodeLease, Started};
pub(crate) use connection::Source;
use connection_limit::ConnectionLimit;
pub(crate) use examination::examine;
use publisher::CommitPublisher;
pub(crate) use reader_pool::scans_at_once;
use readers::Readers;
pub(crate) use restored::note_restore;
pub(crate) use running_nodes::is_used;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};
pub(crate) use store::Store;
pub(crate) use url::{has_password as url_has_password, shown as shown_url};

/// An open database.
pub(crate) struct Open {
    pub(crate) store: Store,
    pub(crate) lease: Arc<NodeLease>,
    pub(crate) limit: ConnectionLimit,
    pub(crate) figures: Arc<ClusterFigures>,
    pub(crate) threads: Vec<JoinHandle<()>>,
}

/// Opens the database, which must be migrated.
pub(crate) async fn open(
    source: Source,
    hub: ChangeHub,
    settings: ClusterSettings,
    unreadable: UnreadableEvents,
    search: SearchBounds,
    supervisor: &Supervisor,
) -> Result<Open, PortError> {
    let mut connection = source.connect().await?;
    let cursor = store::events::last(&mut connection)
        .await
        .map_err(unavailable)?;
    drop(connection);
    let dispatcher = Dispatcher::new(hub.clone(), unreadable.clone(), cursor);
    let announcement = Announcement::default();
    let started = EventConsumer::start(
        source.clone(),
        settings,
        announcement.clone(),
        dispatcher,
        supervisor,
    );
    let started = started.await?;
    let Started {
        consumer,
        lease,
        figures,
        thread,
    } = started;
    let publisher = CommitPublisher::new(hub.clone(), consumer);
    let readers = Readers::new(source.clone(), lease.clone())?;
    let limit = source.limit().clone();
    let started = Store::start(
        source, readers, hub, publisher, unreadable, search, supervisor,
    );
    let (store, writer) = started.map_err(unavailable)?;
    let store = store.announcing(announcement);
    Ok(Open {
        store,
        lease,
        limit,
        figures,
        threads: vec![writer, thread],
    })
}

/// Looks into the database without changing it; `None` if it has no tables yet. Takes no part
/// in the cluster.
pub(crate) async fn look(source: &Source) -> Result<Option<Box<dyn ImportView>>, PortError> {
    store::look(source, "SET default_transaction_read_only = on").await
}

/// Returns the restores that nobody has acknowledged.
pub(crate) async fn unacknowledged_restores(source: &Source) -> Result<Vec<(i64, i64)>, PortError> {
    let mut connection = source.connect().await?;
    let found = store::restores::unacknowledged(&mut connection).await;
    found.map_err(unavailable)
}

/// Makes a pepper the newest one although the one before is lost.
pub(crate) async fn give_up_pepper(
    source: &Source,
    (lost, new): (PepperId, PepperId),
    at: Timestamp,
) -> Result<(), PortError> {
    let mut connection = source.connect().await?;
    let given_up = store::peppers::give_up(&mut connection, lost, new, at).await;
    given_up.map_err(unavailable)
}

/// Notes that somebody acknowledges them. No server is asked: the row is nobody else's.
pub(crate) async fn acknowledge_restores(source: &Source, now: i64) -> Result<usize, PortError> {
    let mut connection = source.connect().await?;
    let known = store::restores::acknowledge(&mut connection, now).await;
    known.map_err(unavailable)
}

// === impl Open ===

impl Open {
    /// Returns the figures of the node.
    pub(crate) fn figures(&self) -> NodeFigures {
        let of_cluster = |figure: fn(&ClusterFigures) -> &AtomicUsize| -> Figure {
            let figures = self.figures.clone();
            Arc::new(move || figure(&figures).load(Ordering::Relaxed) as u64)
        };
        let of_limit = |figure: fn(&ConnectionLimit) -> u64| -> Figure {
            let limit = self.limit.clone();
            Arc::new(move || figure(&limit))
        };
        NodeFigures {
            other_nodes: of_cluster(|figures| &figures.peers),
            waiting_changes: of_cluster(|figures| &figures.waiting_changes),
            feed_age: {
                let figures = self.figures.clone();
                Arc::new(move || figures.last_tick.age())
            },
            connections: of_limit(|limit| limit.open() as u64),
            refused_connections: of_limit(ConnectionLimit::refusals),
        }
    }
}
