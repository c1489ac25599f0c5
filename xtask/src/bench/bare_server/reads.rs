//! The bare read: the row of a key by its unique access key, with nothing
//! remembered and nothing compared.

use std::cell::RefCell;

use anyhow::Result;
use apikey_domain::key::token::{KeyPrefix, PresentedKey};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SqliteConnection};
use diesel_async::{AsyncPgConnection, pooled_connection::deadpool::Pool};

use crate::bench::database::{postgres_pool, sqlite_connection};
use crate::bench::schema::api_keys;

/// How many connections to PostgreSQL the server reads through.
const POOL: usize = 16;

/// What a decision needs of a key's row.
type Row = (i64, String, i64, i64, String, String, Option<String>, i64);

/// Where rows are read from.
#[derive(Clone)]
pub(super) enum Source {
    /// A file of this address.
    Sqlite(String),
    /// A pool that the workers share.
    Postgres(Pool<AsyncPgConnection>),
}

/// What one worker thread reads with.
pub(super) struct Reads {
    prefix: KeyPrefix,
    way: Way,
}

enum Way {
    /// The worker's own connection, used where it is needed.
    OwnConnection(Box<RefCell<SqliteConnection>>),
    /// diesel-async and deadpool.
    Pool(Pool<AsyncPgConnection>),
}

// === impl Source ===

impl Source {
    /// Takes a database's address, as the server takes it.
    pub(super) fn of(url: &str) -> Result<Self> {
        if url.starts_with("sqlite:") {
            return Ok(Self::Sqlite(url.to_owned()));
        }
        postgres_pool(url, POOL).map(Self::Postgres)
    }

    /// Opens what one worker thread reads with.
    pub(super) fn open(self) -> Result<Reads> {
        let way = match self {
            Self::Sqlite(url) => Way::OwnConnection(Box::new(sqlite_connection(&url)?.into())),
            Self::Postgres(pool) => Way::Pool(pool),
        };
        Ok(Reads {
            prefix: KeyPrefix::default(),
            way,
        })
    }
}

// === impl Reads ===

impl Reads {
    /// Answers whether there is a row for a key.
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
        let row: Option<Row> = match &self.way {
            Way::OwnConnection(connection) => {
                let mut connection = connection.borrow_mut();
                diesel::RunQueryDsl::get_result(query, &mut *connection).optional()?
            }
            Way::Pool(pool) => {
                let mut connection = pool.get().await?;
                let row = diesel_async::RunQueryDsl::get_result(query, &mut connection).await;
                row.optional()?
            }
        };
        Ok(row.is_some())
    }
}
