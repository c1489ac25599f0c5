//! A store on a fresh database, for the tests of the crate.

use super::{
    connection::{OpenConnection, Source},
    store::Store,
};
use crate::{DatabaseUrl, Supervisor, testing::TestDatabase, unreadable_events::UnreadableEvents};
use apikey_domain::{change::hub::ChangeHub, listing::SearchBounds};

pub(crate) async fn store(supervisor: &Supervisor) -> (TestDatabase, Store) {
    let database = TestDatabase::sqlite().await.unwrap();
    let DatabaseUrl::Sqlite(path) = &database.url else {
        panic!("not a file");
    };
    let (hub, unreadable) = (ChangeHub::new(10), UnreadableEvents::default());
    let (store, _thread) = super::open(path, hub, unreadable, SearchBounds::default(), supervisor)
        .await
        .unwrap();
    (database, store)
}

/// Returns another connection to the database of a store.
pub(crate) async fn connection(database: &TestDatabase) -> OpenConnection {
    let DatabaseUrl::Sqlite(path) = &database.url else {
        panic!("not a file");
    };
    Source::new(path).connect().await.unwrap()
}
