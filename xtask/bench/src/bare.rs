//! What the server is compared with: handlers that do nothing or only read, and
//! inserts without a server. All use the same crates as the server.

pub(crate) mod inserts;
pub(crate) mod server;

use anyhow::{Context, Result};
use diesel::SqliteConnection;
use diesel_async::{
    AsyncPgConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool::Pool,
    },
};
use tokio::sync::Mutex;
use xtask_harness::database::sqlite;

diesel::table! {
    api_keys (id) {
        id -> BigInt,
        name -> Text,
        name_folded -> Text,
        user_id -> BigInt,
        owner_principal_id -> BigInt,
        access_key -> Text,
        secret_digest -> Text,
        scope -> Text,
        allowed_model_names -> Nullable<Text>,
        is_custom -> Bool,
        expires_at -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

/// How many connections to PostgreSQL the server reads through.
const POOL_SIZE: usize = 16;

/// Connections to a database.
enum Connections {
    /// One connection, used where it is needed.
    One(Box<Mutex<SqliteConnection>>),
    /// diesel-async and deadpool.
    Pool(Pool<AsyncPgConnection>),
}

// === impl Connections ===

impl Connections {
    /// Connects to an address, as the server takes it. A pool hands connections
    /// out unexamined, which is the fastest.
    fn open(url: &str) -> Result<Self> {
        if url.starts_with("sqlite:") {
            return Ok(Self::One(Box::new(Mutex::new(sqlite(url)?))));
        }
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        let manager = AsyncDieselConnectionManager::new_with_config(url, config);
        let pool = Pool::builder(manager).max_size(POOL_SIZE).build();
        Ok(Self::Pool(pool.context("cannot make a pool")?))
    }
}
