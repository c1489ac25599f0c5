//! What the server is compared with: handlers that do nothing or only read, and
//! inserts without a server. All use the same crates as the server.

pub(crate) mod inserts;
pub(crate) mod reads;
pub(crate) mod server;

use anyhow::{Context, Result};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};

diesel::table! {
    api_keys (id) {
        id -> BigInt,
        name -> Text,
        name_folded -> Text,
        description -> Nullable<Text>,
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

/// Returns a pool that hands connections out unexamined, which is the fastest.
fn postgres_pool(url: &str) -> Result<Pool<AsyncPgConnection>> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    let pool = Pool::builder(manager).max_size(POOL_SIZE).build();
    pool.context("cannot make a pool of connections")
}
