//! Databases to measure on, as durable as in production.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use clap::ValueEnum;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, SqliteConnection, sql_query};
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use tempfile::TempDir;

use crate::postgres::{Cluster, Durability, Settings};

/// The server's own settings of a connection that bear on its speed.
const SQLITE_SETTINGS: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA temp_store = MEMORY;
";

/// What a database is managed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// What makes databases.
pub(super) enum Engine {
    /// Nothing is needed.
    Sqlite,
    /// A cluster of our own.
    Postgres(Cluster),
}

/// An empty database and a folder for its server's files.
pub(super) struct Database {
    folder: TempDir,
    url: String,
    kind: Kind,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

// === impl Kind ===

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

// === impl Engine ===

impl Engine {
    /// Starts what databases of a kind need.
    pub(super) fn start(kind: Kind) -> Result<Self> {
        Ok(match kind {
            Kind::Sqlite => Self::Sqlite,
            Kind::Postgres => Self::Postgres(Cluster::start(&Settings {
                durability: Durability::Durable,
                max_connections: 200,
            })?),
        })
    }

    /// Gives the kind of its databases.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Sqlite => Kind::Sqlite,
            Self::Postgres(_) => Kind::Postgres,
        }
    }

    /// Gives the name and version of the database system.
    pub(super) async fn version(&self) -> Result<String> {
        let found: Version = match self {
            Self::Sqlite => {
                let mut connection = SqliteConnection::establish(":memory:")?;
                let query = sql_query("SELECT sqlite_version() AS version");
                diesel::RunQueryDsl::get_result(query, &mut connection)?
            }
            Self::Postgres(cluster) => {
                let mut connection = postgres_connection(&cluster.url()).await?;
                let query = sql_query("SELECT current_setting('server_version') AS version");
                diesel_async::RunQueryDsl::get_result(query, &mut connection).await?
            }
        };
        Ok(format!("{} {}", self.kind(), found.version))
    }

    /// Makes an empty database. It is gone when it is dropped, or on PostgreSQL
    /// with its cluster.
    pub(super) async fn create(&self) -> Result<Database> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::Builder::new().prefix("apikey-bench-").tempdir()?;
        let url = match self {
            Self::Sqlite => format!("sqlite://{}", folder.path().join("apikey.db").display()),
            Self::Postgres(cluster) => {
                let name = format!("bench_{}", MADE.fetch_add(1, Ordering::Relaxed));
                let server = cluster.url();
                let mut connection = postgres_connection(&server).await?;
                let create = format!("CREATE DATABASE {name}");
                connection.batch_execute(&create).await?;
                let (server, _) = server.rsplit_once('/').context("a URL without a path")?;
                format!("{server}/{name}")
            }
        };
        let kind = self.kind();
        Ok(Database { folder, url, kind })
    }
}

// === impl Database ===

impl Database {
    /// Gives the folder for the server's files.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Gives the address, as the server takes it.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Gives what manages it.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Connects to a SQLite database as the server does.
    pub(super) fn sqlite(&self) -> Result<SqliteConnection> {
        sqlite_connection(&self.url)
    }

    /// Runs statements, each in a transaction of its own.
    pub(super) async fn run_all(&self, statements: &[String]) -> Result<()> {
        match self.kind {
            Kind::Sqlite => {
                let mut connection = self.sqlite()?;
                for statement in statements {
                    let done = connection.batch_execute(statement);
                    done.with_context(|| statement.clone())?;
                }
            }
            Kind::Postgres => {
                let mut connection = postgres_connection(&self.url).await?;
                for statement in statements {
                    let done = connection.batch_execute(statement).await;
                    done.with_context(|| statement.clone())?;
                }
            }
        }
        Ok(())
    }
}

/// Connects to a SQLite database as the server does.
pub(super) fn sqlite_connection(url: &str) -> Result<SqliteConnection> {
    let path = url.trim_start_matches("sqlite://");
    let mut connection = SqliteConnection::establish(path)?;
    connection.batch_execute(SQLITE_SETTINGS)?;
    Ok(connection)
}

/// Makes a pool that hands connections out unexamined, which is the fastest.
pub(super) fn postgres_pool(url: &str, size: usize) -> Result<Pool<AsyncPgConnection>> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    let pool = Pool::builder(manager).max_size(size).build();
    pool.context("cannot make a pool of connections")
}

/// Connects to a PostgreSQL database.
pub(crate) async fn postgres_connection(url: &str) -> Result<AsyncPgConnection> {
    let connection = AsyncPgConnection::establish(url).await;
    connection.with_context(|| format!("cannot connect to {url}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn statements_run_in_a_database_of_their_own() {
        let engine = Engine::start(Kind::Sqlite).unwrap();
        let database = engine.create().await.unwrap();
        let statements = ["CREATE TABLE a (b)", "INSERT INTO a VALUES (1)"].map(str::to_owned);
        database.run_all(&statements).await.unwrap();
        let error = database.run_all(&statements).await.unwrap_err();
        assert_eq!(error.to_string(), "CREATE TABLE a (b)");
        assert!(database.folder().join("apikey.db").is_file());
        let other = engine.create().await.unwrap();
        other.run_all(&statements).await.unwrap();
    }

    #[tokio::test]
    async fn the_version_of_sqlite_is_known() {
        let version = Engine::Sqlite.version().await.unwrap();
        assert!(version.starts_with("SQLite 3."), "{version}");
    }
}
