//! The bare read: the row of a key by its unique access key, with nothing kept
//! in memory and nothing compared.

use std::cell::RefCell;

use anyhow::Result;
use apikey_domain::token::{KeyPrefix, PresentedKey};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SqliteConnection};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use xtask_harness::database::sqlite;

use crate::bare::{api_keys, postgres_pool};

/// What a decision needs of a key's row.
type Row = (i64, String, i64, i64, String, String, Option<String>, i64);

/// What a worker thread reads with.
pub(super) struct Reads {
    prefix: KeyPrefix,
    connections: Connections,
}

enum Connections {
    /// The worker's own connection, used where it is needed.
    One(Box<RefCell<SqliteConnection>>),
    /// diesel-async and deadpool.
    Pool(Pool<AsyncPgConnection>),
}

// === impl Reads ===

impl Reads {
    /// Connects to a database of an address, as the server takes it.
    pub(super) fn open(url: &str) -> Result<Self> {
        let connections = if url.starts_with("sqlite:") {
            Connections::One(Box::new(sqlite(url)?.into()))
        } else {
            Connections::Pool(postgres_pool(url)?)
        };
        Ok(Self {
            prefix: KeyPrefix::default(),
            connections,
        })
    }

    /// Returns whether there is a row for a key.
    ///
    /// `get_result` and not `first`, which costs twice as much on SQLite.
    pub(super) async fn find(&self, key: &str) -> Result<bool> {
        let key = PresentedKey::parse(&self.prefix, key);
        let query = api_keys::table
            .filter(api_keys::access_key.eq(key.access_key()))
            .select((
                api_keys::id,
                api_keys::name,
                api_keys::user_id,
                api_keys::owner_principal_id,
                api_keys::secret_digest,
                api_keys::scope,
                api_keys::allowed_model_names,
                api_keys::expires_at,
            ));
        let row: Option<Row> = match &self.connections {
            Connections::One(connection) => {
                let mut connection = connection.borrow_mut();
                diesel::RunQueryDsl::get_result(query, &mut *connection).optional()?
            }
            Connections::Pool(pool) => {
                let mut connection = pool.get().await?;
                let row = diesel_async::RunQueryDsl::get_result(query, &mut connection).await;
                row.optional()?
            }
        };
        Ok(row.is_some())
    }
}
