//! PostgreSQL: a writer with a connection of its own, readers from a pool.

pub(crate) mod backend;
pub(crate) mod connection;
pub(crate) mod feed;
mod outlet;
pub(crate) mod readers;

#[path = "one_text/commits.rs"]
mod commits;
#[path = "one_text/events.rs"]
mod events;
#[path = "one_text/members.rs"]
mod members;
#[path = "one_text/organizations.rs"]
mod organizations;
#[path = "one_text/read_keys.rs"]
mod read_keys;
#[path = "one_text/store.rs"]
mod store;
#[path = "one_text/users.rs"]
mod users;
#[path = "one_text/write_keys.rs"]
mod write_keys;
#[path = "one_text/writer.rs"]
mod writer;

use crate::{failure::unavailable, feed_settings::FeedSettings};
use apikey_domain::{change::hub::ChangeHub, error::PortError};
pub(crate) use connection::{Connection, Source};
use feed::{Feed, FeedFigures, NodeLease, Started};
use outlet::Outlet;
use readers::Readers;
use std::{sync::Arc, thread::JoinHandle};
pub(crate) use store::Store;
use writer::Writer;

/// An open database.
pub(crate) struct Open {
    pub(crate) store: Store,
    pub(crate) lease: Arc<NodeLease>,
    pub(crate) figures: Arc<FeedFigures>,
    pub(crate) threads: Vec<JoinHandle<()>>,
}

/// Opens the database, which must have been migrated.
pub(crate) async fn open(
    source: Source,
    hub: ChangeHub,
    settings: FeedSettings,
) -> Result<Open, PortError> {
    let mut connection = source.connect().await?;
    let cursor = events::last(&mut connection).await.map_err(unavailable)?;
    drop(connection);
    let started = Feed::start(source.clone(), hub.clone(), settings, cursor).await?;
    let Started {
        feed,
        lease,
        figures,
        thread,
    } = started;
    let outlet = Outlet::new(hub.clone(), feed);
    let (writer, writing) = Writer::start(source.clone(), outlet).map_err(unavailable)?;
    let store = Store {
        writer,
        readers: Readers::new(source)?,
        hub,
    };
    Ok(Open {
        store,
        lease,
        figures,
        threads: vec![writing, thread],
    })
}
