//! Many keys, written straight into the database with the digests that the
//! server would have made.

use anyhow::Result;
use apikey_domain::key::{
    digest::Peppers,
    token::{KeyPrefix, PresentedKey},
};
use diesel::{Connection, Insertable, SqliteConnection};

use crate::bench::database::{Database, Kind, postgres_connection};
use crate::bench::schema::api_keys;
use crate::bench::server;
use crate::bench::verify::keys::stored;

/// How many keys each user has.
const KEYS_EACH: u64 = 100;

/// How many rows are inserted by one transaction.
const AT_ONCE: u64 = 2_000;

/// Fills an empty, migrated database with the stored keys of the numbers below
/// a count, and with their users.
pub(super) async fn fill(database: &Database, keys: u64) -> Result<()> {
    let users = keys.div_ceil(KEYS_EACH);
    database.run_all(&make_users(users)).await?;
    let maker = Maker::new(users)?;
    match database.kind() {
        Kind::Sqlite => insert_on_sqlite(&mut database.sqlite()?, &maker, keys)?,
        Kind::Postgres => insert_on_postgres(database.url(), &maker, keys).await?,
    }
    let settle = match database.kind() {
        Kind::Sqlite => ["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"],
        Kind::Postgres => ["VACUUM ANALYZE", "CHECKPOINT"],
    };
    database.run_all(&settle.map(str::to_owned)).await
}

/// Makes users with the numbers from one on, as their tables are empty.
fn make_users(count: u64) -> [String; 2] {
    let numbers = format!(
        "WITH RECURSIVE numbers (n) AS
             (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
    );
    [
        format!("INSERT INTO principals (kind) {numbers} SELECT 'user' FROM numbers"),
        format!(
            "INSERT INTO users (principal_id, username, username_folded, password_hash,
                                is_admin, is_active, is_system, created_at, updated_at)
             {numbers}
             SELECT n, 'holder-' || n, 'holder-' || n, '', FALSE, TRUE, FALSE, 0, 0
             FROM numbers ORDER BY n"
        ),
    ]
}

/// Inserts row by row: its statement is prepared once.
fn insert_on_sqlite(connection: &mut SqliteConnection, maker: &Maker, keys: u64) -> Result<()> {
    let settings = "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000";
    diesel::connection::SimpleConnection::batch_execute(connection, settings)?;
    for first in (0..keys).step_by(usize::try_from(AT_ONCE)?) {
        connection.transaction(|connection| {
            for number in first..keys.min(first + AT_ONCE) {
                let insert = diesel::insert_into(api_keys::table).values(maker.row(number));
                diesel::RunQueryDsl::execute(insert, connection)?;
            }
            diesel::QueryResult::Ok(())
        })?;
    }
    Ok(())
}

/// Inserts many rows by each statement: it is the round trips that cost.
async fn insert_on_postgres(url: &str, maker: &Maker, keys: u64) -> Result<()> {
    let mut connection = postgres_connection(url).await?;
    for first in (0..keys).step_by(usize::try_from(AT_ONCE)?) {
        let rows: Vec<_> = (first..keys.min(first + AT_ONCE))
            .map(|number| maker.row(number))
            .collect();
        let insert = diesel::insert_into(api_keys::table).values(rows);
        diesel_async::RunQueryDsl::execute(insert, &mut connection).await?;
    }
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = api_keys)]
struct Row {
    name: String,
    name_folded: String,
    user_id: i64,
    owner_principal_id: i64,
    access_key: String,
    secret_digest: String,
    scope: &'static str,
    is_custom: bool,
    expires_at: i64,
    created_at: i64,
    updated_at: i64,
}

/// Makes rows.
struct Maker {
    peppers: Peppers,
    prefix: KeyPrefix,
    users: u64,
}

// === impl Maker ===

impl Maker {
    fn new(users: u64) -> Result<Self> {
        Ok(Self {
            peppers: Peppers::from_hex(&server::pepper())?,
            prefix: KeyPrefix::default(),
            users,
        })
    }

    /// Makes the row of a number; the keys of a user lie far apart.
    fn row(&self, number: u64) -> Row {
        let text = stored(number);
        let key = PresentedKey::parse(&self.prefix, &text);
        let user = i64::try_from(number % self.users).map_or(1, |user| user + 1);
        let name = format!("key-{number}");
        Row {
            name_folded: name.clone(),
            name,
            user_id: user,
            owner_principal_id: user,
            access_key: key.access_key().to_owned(),
            secret_digest: self.peppers.digest(&key).to_text(),
            scope: "inference",
            is_custom: false,
            expires_at: i64::MAX,
            created_at: 0,
            updated_at: 0,
        }
    }
}
