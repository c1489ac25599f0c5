//! PostgreSQL: a writer with a connection of its own, readers from a pool.

pub(crate) mod backend;
pub(crate) mod cluster;
pub(crate) mod connection;
mod publisher;
pub(crate) mod readers;

#[path = "store/store.rs"]
mod store;

use crate::{
    cluster_settings::ClusterSettings, failure::unavailable, unreadable_events::UnreadableEvents,
};
use apikey_domain::{change::hub::ChangeHub, error::PortError};
use cluster::{ClusterFigures, Dispatcher, EventConsumer, NodeLease, Started};
pub(crate) use connection::Source;
use publisher::CommitPublisher;
use readers::Readers;
use std::{sync::Arc, thread::JoinHandle};
pub(crate) use store::Store;

/// An open database.
pub(crate) struct Open {
    pub(crate) store: Store,
    pub(crate) lease: Arc<NodeLease>,
    pub(crate) figures: Arc<ClusterFigures>,
    pub(crate) threads: Vec<JoinHandle<()>>,
}

/// Opens the database, which must have been migrated.
pub(crate) async fn open(
    source: Source,
    hub: ChangeHub,
    settings: ClusterSettings,
    unreadable: UnreadableEvents,
) -> Result<Open, PortError> {
    let mut connection = source.connect().await?;
    let cursor = store::events::last(&mut connection)
        .await
        .map_err(unavailable)?;
    drop(connection);
    let dispatcher = Dispatcher::new(hub.clone(), unreadable.clone(), cursor);
    let started = EventConsumer::start(source.clone(), settings, dispatcher).await?;
    let Started {
        consumer,
        lease,
        figures,
        thread,
    } = started;
    let publisher = CommitPublisher::new(hub.clone(), consumer);
    let readers = Readers::new(source.clone())?;
    let (store, writing) =
        Store::start(source, readers, hub, publisher, unreadable).map_err(unavailable)?;
    Ok(Open {
        store,
        lease,
        figures,
        threads: vec![writing, thread],
    })
}
