//! SQLite: a writer on its own thread, and readers on the threads that need them.

pub(crate) mod backend;
pub mod backup;
pub(crate) mod connection;
#[cfg(test)]
pub(crate) mod fresh;
mod name_terms;
mod publisher;
pub(crate) mod readers;

#[path = "store/store.rs"]
mod store;

use crate::{
    announcement::Announcement, failure::unavailable, supervision::Supervisor,
    unreadable_events::UnreadableEvents,
};
use apikey_domain::{
    change::hub::ChangeHub, error::PortError, key::digest::PepperId, listing::SearchBounds,
    port::import_store::ImportView, timestamp::Timestamp,
};
use connection::Source;
use publisher::CommitPublisher;
use readers::Readers;
use std::thread::JoinHandle;
pub(crate) use store::Store;

/// Opens the database file, which must be migrated.
pub(crate) async fn open(
    path: &std::path::Path,
    hub: ChangeHub,
    unreadable: UnreadableEvents,
    search: SearchBounds,
    supervisor: &Supervisor,
) -> Result<(Store, JoinHandle<()>), PortError> {
    let source = Source::new(path);
    let mut connection = source.connect().await?;
    hub.reset_to(
        store::events::last(&mut connection)
            .await
            .map_err(unavailable)?,
    );
    hub.advance(
        store::events::head(&mut connection)
            .await
            .map_err(unavailable)?,
    );
    drop(connection);
    let publisher = CommitPublisher::new(hub.clone());
    let readers = Readers::new(source.clone());
    let started = Store::start(
        source, readers, hub, publisher, unreadable, search, supervisor,
    );
    let (store, writer) = started.map_err(unavailable)?;
    // There is nobody to tell.
    Ok((store.announcing(Announcement::default()), writer))
}

/// Looks into a database file without changing it; `None` if there is nothing yet.
pub(crate) async fn look(path: &std::path::Path) -> Result<Option<Box<dyn ImportView>>, PortError> {
    match std::fs::metadata(path) {
        Ok(file) if file.len() > 0 => {
            store::look(&Source::new(path), "PRAGMA query_only = ON").await
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unavailable(error)),
    }
}

/// Returns the restores that nobody has acknowledged.
pub(crate) async fn unacknowledged_restores(
    path: &std::path::Path,
) -> Result<Vec<(i64, i64)>, PortError> {
    let mut connection = Source::new(path).connect().await?;
    let found = store::restores::unacknowledged(&mut connection).await;
    found.map_err(unavailable)
}

/// Makes a pepper the newest one although the one before is lost.
pub(crate) async fn give_up_pepper(
    path: &std::path::Path,
    (lost, new): (PepperId, PepperId),
    at: Timestamp,
) -> Result<(), PortError> {
    let mut connection = Source::new(path).connect().await?;
    let given_up = store::peppers::give_up(&mut connection, lost, new, at).await;
    given_up.map_err(unavailable)
}

/// Notes that somebody acknowledges them. No server is asked: the row is nobody else's.
pub(crate) async fn acknowledge_restores(
    path: &std::path::Path,
    now: i64,
) -> Result<usize, PortError> {
    let mut connection = Source::new(path).connect().await?;
    let known = store::restores::acknowledge(&mut connection, now).await;
    known.map_err(unavailable)
}
