//! Stores with bounds for searches, and what is in them.

use apikey_diesel::{Store, testing::TestDatabase};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::user::User,
    key::api_key::{ApiKey, NewApiKey},
    listing::{Order, Page, SearchBounds, SearchTerm, Window},
    testing::fixture,
};
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) const WHOLE: Window = Window {
    offset: 0,
    limit: 1_000,
};

pub(crate) async fn stores(bounds: SearchBounds) -> Vec<(TestDatabase, Store)> {
    let mut stores = Vec::new();
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let database = database.unwrap();
        let store = database.open_searching(bounds).await.unwrap();
        stores.push((database, store));
    }
    stores
}

/// Puts everything into the index, a few names at a time.
pub(crate) async fn fill(database: &TestDatabase, store: &Store) {
    // No events more, but those that there are become final: on PostgreSQL when the
    // transactions beside them have ended.
    database.record("[]").await.unwrap();
    let mut idle = 0;
    while idle < 3 {
        let extended = store.name_index.extend(5, fixture::instant()).await;
        match extended.unwrap().looked_at {
            0 => idle += 1,
            _ => idle = 0,
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

pub(crate) async fn user(store: &Store, username: &str) -> User {
    let new = fixture::new_user(username);
    let created = store.directory.create_user(fixture::by_service(), new);
    created.await.unwrap()
}

pub(crate) async fn key(store: &Store, user: &User, owner: PrincipalId, name: &str) -> ApiKey {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let access_key = format!("a{:015x}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let new = NewApiKey {
        user_id: user.id,
        owner_principal_id: owner,
        ..fixture::new_api_key(name, &access_key)
    };
    let created = store.api_keys.create(fixture::by_service(), new);
    created.await.unwrap()
}

pub(crate) fn filter(
    user: Option<UserId>,
    owner: Option<PrincipalId>,
    search: &str,
) -> ApiKeyFilter {
    fixture::filter(user, owner, SearchTerm::parse(search).unwrap())
}

pub(crate) async fn list(store: &Store, filter: &ApiKeyFilter) -> Result<Page<ApiKey>, PortError> {
    let order = Order::parse("created_at").unwrap();
    store.api_keys.list(filter, &order, WHOLE).await
}
