//! A service that asks for a key with each request, over a store of its own.

use apikey_domain::key_ring::{
    KeyId, KeyPrefix, KeyRecord, KeyRing, KeyStore, Lifetime, Peppers, Refused, StoreError,
    StoredKey, SystemSecrets,
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    routing::get,
};
use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The rows of a table, by the access key. A database has them with two unique indexes.
#[derive(Default)]
struct Table(Mutex<HashMap<String, KeyRecord<u64>>>);

impl Table {
    fn rows(&self) -> MutexGuard<'_, HashMap<String, KeyRecord<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyStore for Table {
    type Owner = u64;

    async fn insert(&self, key: Arc<StoredKey<u64>>) -> Result<(), StoreError> {
        let (mut rows, record) = (self.rows(), key.to_record());
        let is_taken = |row: &KeyRecord<u64>| row.id == record.id;
        if rows.contains_key(&record.access_key) || rows.values().any(is_taken) {
            return Err(StoreError::Duplicate);
        }
        rows.insert(record.access_key.clone(), record);
        Ok(())
    }

    async fn find(&self, access_key: &str) -> Result<Option<Arc<StoredKey<u64>>>, StoreError> {
        let Some(record) = self.rows().get(access_key).cloned() else {
            return Ok(None);
        };
        Ok(Some(Arc::new(StoredKey::from_record(record)?)))
    }

    async fn remove(&self, id: KeyId) -> Result<bool, StoreError> {
        let (mut rows, id) = (self.rows(), id.to_string());
        let before = rows.len();
        rows.retain(|_, row| row.id != id);
        Ok(rows.len() < before)
    }
}

type Ring = Arc<KeyRing<Table>>;

async fn reports(State(ring): State<Ring>, headers: HeaderMap) -> Result<String, StatusCode> {
    let user = caller(&ring, &headers, "reports:read").await?;
    Ok(format!("the reports of user {user}\n"))
}

/// Returns whose key came with a request, if it grants `scope`.
async fn caller(ring: &Ring, headers: &HeaderMap, scope: &str) -> Result<u64, StatusCode> {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let key = header
        .and_then(|text| text.strip_prefix("Bearer "))
        .unwrap_or_default();
    let verified = ring.verify(key).await.map_err(status)?;
    verified.require(scope).map_err(status)?;
    Ok(*verified.owner())
}

fn status(refused: Refused) -> StatusCode {
    match refused {
        Refused::ScopeMissing => StatusCode::FORBIDDEN,
        Refused::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNAUTHORIZED,
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let peppers = Peppers::generate(&SystemSecrets)?;
    let ring = KeyRing::new(Table::default(), KeyPrefix::parse("acme")?, peppers);
    let reader = ring.issue(7, ["reports:read"], Lifetime::days(30)).await?;
    let writer = ring.issue(7, ["reports:write"], Lifetime::days(30)).await?;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/reports", listener.local_addr()?);
    println!(
        "200: curl -i {url} -H 'Authorization: Bearer {}'",
        reader.expose()
    );
    println!(
        "403: curl -i {url} -H 'Authorization: Bearer {}'",
        writer.expose()
    );
    println!("401: curl -i {url}");
    let app = Router::new()
        .route("/reports", get(reports))
        .with_state(Arc::new(ring));
    axum::serve(listener, app).await?;
    Ok(())
}
