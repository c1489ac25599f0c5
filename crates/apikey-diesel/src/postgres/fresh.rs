//! A store on a fresh database, for the tests of the crate.

use super::{Source, connection::OpenConnection, store::Store};
use crate::{
    ClusterSettings, Supervisor, testing::TestDatabase, unreadable_events::UnreadableEvents,
};
use apikey_domain::{change::hub::ChangeHub, listing::SearchBounds};

pub(crate) async fn store(supervisor: &Supervisor) -> (TestDatabase, Store) {
    let database = TestDatabase::postgres().await.unwrap();
    let source = Source::from_url(&database.url_text, 20).unwrap();
    let (hub, unreadable) = (ChangeHub::new(10), UnreadableEvents::default());
    let settings = ClusterSettings::default();
    let open = super::open(
        source,
        hub,
        settings,
        unreadable,
        SearchBounds::default(),
        supervisor,
    )
    .await
    .unwrap();
    (database, open.store)
}

/// Returns another connection to the database of a store.
pub(crate) async fn connection(database: &TestDatabase) -> OpenConnection {
    let source = Source::from_url(&database.url_text, 20).unwrap();
    source.connect().await.unwrap()
}
