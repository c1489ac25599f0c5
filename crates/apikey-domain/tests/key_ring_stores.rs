//! A store of a service's own, of records as a database has them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "key_ring/fixture.rs"]
mod fixture;

use apikey_domain::{
    key_ring::{
        IssueError, KeyId, KeyRecord, KeyStore, Lifetime, Refused, StoreError, StoredKey, Timestamp,
    },
    testing::ManualClock,
};
use fixture::ring;
use futures_executor::block_on;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use uuid::Uuid;

/// A store of records, as a database has them, that can be cut off.
#[derive(Default)]
struct Rows {
    rows: Mutex<Vec<KeyRecord<Uuid>>>,
    touched: Mutex<Vec<(KeyId, Timestamp)>>,
    is_down: AtomicBool,
}

impl Rows {
    fn check(&self) -> Result<(), StoreError> {
        let is_down = self.is_down.load(Ordering::SeqCst);
        (!is_down)
            .then_some(())
            .ok_or_else(|| StoreError::unavailable("cut off"))
    }
}

impl KeyStore for Rows {
    type Owner = Uuid;

    async fn insert(&self, key: Arc<StoredKey<Uuid>>) -> Result<(), StoreError> {
        self.check()?;
        let record = key.to_record();
        let mut rows = self.rows.lock().unwrap();
        if rows.iter().any(|row| row.access_key == record.access_key) {
            return Err(StoreError::Duplicate);
        }
        rows.push(record);
        Ok(())
    }

    async fn find(&self, access_key: &str) -> Result<Option<Arc<StoredKey<Uuid>>>, StoreError> {
        self.check()?;
        let rows = self.rows.lock().unwrap();
        let row = rows
            .iter()
            .find(|row| row.access_key == access_key)
            .cloned();
        row.map(|row| Ok(Arc::new(StoredKey::from_record(row)?)))
            .transpose()
    }

    async fn remove(&self, id: KeyId) -> Result<bool, StoreError> {
        self.check()?;
        let mut rows = self.rows.lock().unwrap();
        let before = rows.len();
        rows.retain(|row| row.id != id.to_string());
        Ok(rows.len() < before)
    }

    async fn touch(&self, id: KeyId, at: Timestamp) {
        self.touched.lock().unwrap().push((id, at));
        let mut rows = self.rows.lock().unwrap();
        if let Some(row) = rows.iter_mut().find(|row| row.id == id.to_string()) {
            row.last_used_at = Some(at.microseconds());
        }
    }
}

#[test]
fn a_store_of_rows_keeps_what_counts() {
    block_on(async {
        let clock = Arc::new(ManualClock::new());
        let ring = ring(Rows::default(), Arc::clone(&clock));
        let bob = Uuid::new_v4();
        let key = ring
            .issue(bob, ["a", "b c"], Lifetime::days(1))
            .await
            .unwrap();
        let verified = ring.verify(key.expose()).await.unwrap();
        assert_eq!(*verified.owner(), bob);
        assert_eq!(verified.scopes().iter().collect::<Vec<_>>(), ["a", "b c"]);
        assert_eq!(verified.expires_at(), key.stored().expires_at());
        for seconds in [0, 49, 1] {
            clock.advance_seconds(seconds);
            let _ = ring.verify(key.expose()).await.unwrap();
        }
        assert_eq!(ring.store().touched.lock().unwrap().len(), 2);
        ring.store().rows.lock().unwrap()[0].scopes = "a\n\nb".to_owned();
        let corrupt = ring.verify(key.expose()).await.unwrap_err();
        assert!(matches!(corrupt, Refused::Unavailable(_)), "{corrupt:?}");
    });
}

#[test]
fn a_store_that_is_down_makes_no_key_valid_and_none_unknown() {
    block_on(async {
        let ring = ring(Rows::default(), Arc::default());
        let key = ring
            .issue(Uuid::new_v4(), ["a"], Lifetime::Unlimited)
            .await
            .unwrap();
        ring.store().is_down.store(true, Ordering::SeqCst);
        assert!(matches!(
            ring.verify(key.expose()).await,
            Err(Refused::Unavailable(_))
        ));
        assert!(matches!(
            ring.revoke(key.id()).await,
            Err(StoreError::Unavailable(_))
        ));
        let issued = ring.issue(Uuid::new_v4(), ["a"], Lifetime::Unlimited).await;
        assert!(matches!(issued, Err(IssueError::Unavailable(_))));
    });
}

#[test]
fn the_futures_of_a_ring_may_go_to_other_threads() {
    fn is_sendable<T: Send>(future: T) -> T {
        future
    }
    let ring = ring(Arc::new(Rows::default()), Arc::default());
    let verify = is_sendable(ring.verify("acme_0000000000000000_x"));
    assert!(block_on(verify).is_err());
    drop(is_sendable(ring.issue(
        Uuid::nil(),
        ["a"],
        Lifetime::Unlimited,
    )));
    drop(is_sendable(ring.revoke(KeyId::from_bytes([0; 16]))));
}
