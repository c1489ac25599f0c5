//! SQLite: a writer on a thread of its own, readers where they are needed.

pub(crate) mod backend;
pub(crate) mod connection;
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

use crate::failure::unavailable;
use apikey_domain::{change::hub::ChangeHub, error::PortError};
use backend::Source;
use connection::Connection;
use outlet::Outlet;
use readers::Readers;
use std::thread::JoinHandle;
pub(crate) use store::Store;
use writer::Writer;

/// Opens the database file, which must have been migrated.
pub(crate) async fn open(
    path: &std::path::Path,
    hub: ChangeHub,
) -> Result<(Store, JoinHandle<()>), PortError> {
    let source = Source::new(path);
    let mut connection = source.connect().await?;
    hub.begin_behind(events::last(&mut connection).await.map_err(unavailable)?);
    hub.advance(events::head(&mut connection).await.map_err(unavailable)?);
    drop(connection);
    let outlet = Outlet::new(hub.clone());
    let (writer, thread) = Writer::start(source.clone(), outlet).map_err(unavailable)?;
    let store = Store {
        writer,
        readers: Readers::new(source),
        hub,
    };
    Ok((store, thread))
}
