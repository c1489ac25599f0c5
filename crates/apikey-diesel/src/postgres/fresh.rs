//! A store on a fresh database, for the tests of the crate.

use super::{Source, store::Store};
use crate::{
    ClusterSettings, Supervisor, testing::TestDatabase, unreadable_events::UnreadableEvents,
};
use apikey_domain::change::hub::ChangeHub;

pub(crate) async fn store(supervisor: &Supervisor) -> (TestDatabase, Store) {
    let database = TestDatabase::postgres().await.unwrap();
    let source = Source::from_url(&database.url_text, 20).unwrap();
    let (hub, unreadable) = (ChangeHub::new(10), UnreadableEvents::default());
    let settings = ClusterSettings::default();
    let open = super::open(source, hub, settings, unreadable, supervisor)
        .await
        .unwrap();
    (database, open.store)
}
